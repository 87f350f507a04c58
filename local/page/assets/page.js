/** Follows the local cloud: replaces changed sections and keeps what the user opened, selected and focused. */

/** Details elements that the user opened or closed, by their key. */
const toggled = new Map();
/** The selected call, whose trace and log lines are shown; undefined keeps the page's default. */
let chosenCall;

/** The key of a details element: its section, and its id or its index there. */
function placeOf(details) {
  const section = details.closest('#signals, #checks, #steps');
  if (!section) return undefined;
  const number = [...section.querySelectorAll('details')].indexOf(details);
  return `${section.id}/${details.id || number}`;
}

document.addEventListener('click', (event) => {
  const summary = event.target instanceof Element && event.target.closest('summary');
  const details = summary?.parentElement;
  const place = details && placeOf(details);
  if (place) toggled.set(place, !details.open);
  const tab = event.target instanceof Element && event.target.closest('[role=tab]');
  if (tab) choose(tab.id);
});

document.addEventListener('keydown', (event) => {
  const tab = event.target instanceof Element && event.target.closest('[role=tab]');
  if (!tab) return;
  const tabs = [...tab.parentElement.querySelectorAll('[role=tab]')];
  const at = tabs.indexOf(tab);
  const next = {
    ArrowRight: at + 1,
    ArrowDown: at + 1,
    ArrowLeft: at - 1,
    ArrowUp: at - 1,
    Home: 0,
    End: tabs.length - 1,
  }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  const target = tabs[(next + tabs.length) % tabs.length];
  choose(target.id);
  target.focus();
});

function choose(id) {
  chosenCall = id;
  for (const tab of document.querySelectorAll('[role=tab]')) {
    const isChosen = tab.id === id;
    tab.setAttribute('aria-selected', String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    document.getElementById(tab.getAttribute('aria-controls')).hidden = !isChosen;
  }
}

/**
 * Finds the focused element again in a replaced section: by its id, by the details that it opens, by its link's
 * address, else by its place among the elements that take the focus.
 */
function focusOf(section) {
  const { activeElement } = document;
  if (!activeElement || !section.contains(activeElement)) return undefined;
  if (activeElement.id) return { id: activeElement.id };
  const details = activeElement.tagName === 'SUMMARY' && activeElement.parentElement;
  if (details) return { place: placeOf(details) };
  return { href: activeElement.getAttribute('href'), number: focusable(section).indexOf(activeElement) };
}

function focusable(section) {
  return [...section.querySelectorAll('a[href], button, summary, [tabindex]')];
}

function focusAgain(section, focus) {
  const all = focusable(section);
  const found = focus.id
    ? document.getElementById(focus.id)
    : ((focus.href && all.find((element) => element.getAttribute('href') === focus.href)) ?? all[focus.number]);
  found?.focus({ preventScroll: true });
}

function show({ id, html }) {
  const section = document.getElementById(id);
  if (!section || section.innerHTML === html) return;
  // Do not replace a section while text in it is selected; the next change updates it.
  const selection = document.getSelection();
  if (selection && !selection.isCollapsed && section.contains(selection.anchorNode)) return;
  const focus = focusOf(section);
  const scroll = [section.scrollLeft, section.scrollTop];
  section.innerHTML = html;
  if (id === 'status') document.title = `Local cloud: ${section.textContent}`;
  [section.scrollLeft, section.scrollTop] = scroll;
  for (const details of section.querySelectorAll('details')) {
    const isOpen = toggled.get(placeOf(details));
    if (isOpen !== undefined) details.open = isOpen;
    if (focus?.place && focus.place === placeOf(details))
      details.querySelector('summary').focus({ preventScroll: true });
  }
  if (id === 'signals' && chosenCall && document.getElementById(chosenCall)) choose(chosenCall);
  if (focus && !focus.place) focusAgain(section, focus);
}

/** The run in the page's address; empty for the one that counts. */
const { run } = document.documentElement.dataset;
const connection = document.getElementById('connection');
const source = new EventSource(run ? `/_page/events?run=${encodeURIComponent(run)}` : '/_page/events');
source.addEventListener('open', () => {
  connection.textContent = '';
  document.documentElement.dataset.connected = 'yes';
});
source.addEventListener('section', (event) => show(JSON.parse(event.data)));
source.addEventListener('error', () => {
  connection.textContent = 'The local cloud does not answer; waiting for it.';
  document.documentElement.dataset.connected = 'no';
});
