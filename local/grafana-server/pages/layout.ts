import { Html, html } from '../../../report';
import type { Grafana } from '../grafana';
import type { Answer } from '../router';

/**
 * A page of the stand-in: what it is, how a real Grafana takes its place, and the way back to the local cloud. Plain
 * HTML without scripts.
 */
export function pageOf(grafana: Grafana, title: string, content: Html, status = 200): Answer {
  const { workspaceId, awsEndpoint } = grafana.options;
  const text = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · stand-in for Grafana</title><style>${new Html(style)}</style></head><body>
<header><nav aria-label="Pages"><a href="/">What the workspace holds</a><a href="${awsEndpoint}/">Back to the local cloud</a></nav></header>
<main><h1>${title}</h1>
<p class="about">This is the local cloud’s stand-in for Grafana ${grafana.features.fullVersion} (workspace ${workspaceId}). It keeps data sources, dashboards and alert rules and runs their queries; it draws no panels. A real Grafana answers here when <code>GRAFANA_BIN</code> names its binary, or after <code>npm run backends</code>, at the next <code>npm start</code>: docs/engines.md.</p>
${content}</main></body></html>
`.text;
  return {
    status,
    body: Buffer.from(text),
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    },
  };
}

const style = `:root{color-scheme:light dark;--ink:#1d2330;--soft:#5b6475;--line:#d6d3ca;--paper:#fbfaf7;--link:#2358b5;--bad:#b92d24}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaf0;--soft:#9aa4b5;--line:#2c3340;--paper:#12151c;--link:#7aa7ff;--bad:#ff7b70}}
body{font:15px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:72rem;margin:0 auto;padding:0 1rem 3rem}
header{padding:.9rem 0;border-bottom:1px solid var(--line)}nav{display:flex;flex-wrap:wrap;gap:.3rem 1.5rem}a{color:var(--link)}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}h3{font-size:1rem;margin-bottom:.2rem}.about,.soft{color:var(--soft)}.bad{color:var(--bad)}
code,pre{font:.85rem/1.5 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}pre{white-space:pre-wrap}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;vertical-align:top;padding:.35rem 1rem .35rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere;min-width:5rem}
th{color:var(--soft);white-space:nowrap}td.number{font-variant-numeric:tabular-nums;white-space:nowrap}`;
