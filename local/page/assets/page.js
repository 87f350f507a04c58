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

/** A focused element's id, or the key of the details element that it opens. */
function focusOf(section) {
  const { activeElement } = document;
  if (!activeElement || !section.contains(activeElement)) return undefined;
  if (activeElement.id) return { id: activeElement.id };
  const details = activeElement.tagName === 'SUMMARY' && activeElement.parentElement;
  return details ? { place: placeOf(details) } : undefined;
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
  if (focus?.id) document.getElementById(focus.id)?.focus({ preventScroll: true });
}

const connection = document.getElementById('connection');
const source = new EventSource('/_page/events');
source.addEventListener('open', () => {
  connection.textContent = '';
  document.documentElement.dataset.connected = 'yes';
});
source.addEventListener('section', (event) => show(JSON.parse(event.data)));
source.addEventListener('error', () => {
  connection.textContent = 'The local cloud does not answer; waiting for it.';
  document.documentElement.dataset.connected = 'no';
});
