/** The page's style sheet: system fonts, light and dark scheme, and print. */
export const style = `
:root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#1d2330;--soft:#5b6475;--line:#e3e1da;--good:#17703f;--changed:#2358b5;--calm:#5f6776;--bad:#b92d24;--warn:#8a5200;--now:#6f38a3;--wash:#f3f1eb}
@media (prefers-color-scheme:dark){:root{--paper:#12151c;--card:#1a1f29;--ink:#e8eaf0;--soft:#9aa4b5;--line:#2c3340;--good:#4cc38a;--changed:#7aa7ff;--calm:#9aa4b5;--bad:#ff7b70;--warn:#f0b04a;--now:#c59cf0;--wash:#20262f}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-font-smoothing:antialiased}
main{max-width:1080px;margin:0 auto;padding:48px 24px 72px}
h1{font-size:30px;line-height:1.2;margin:10px 0 6px;letter-spacing:-.015em;text-wrap:balance}
h2{font-size:13px;text-transform:uppercase;letter-spacing:.09em;color:var(--soft);margin:44px 0 14px;font-weight:650}
h3{margin:16px 0 6px;font-size:13px;color:var(--soft);font-weight:600}
h3::first-letter{text-transform:uppercase}
p{margin:6px 0}a{color:var(--changed)}
code{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.sub{color:var(--soft)}
.verdict{display:inline-flex;align-items:center;gap:8px;font-weight:650;padding:4px 13px 4px 11px;border-radius:99px;border:1.5px solid currentColor;font-size:14px}
.verdict::before{content:"";width:9px;height:9px;border-radius:50%;background:currentColor}
.good{color:var(--good)}.changed{color:var(--changed)}.calm{color:var(--calm)}.bad{color:var(--bad)}.warn{color:var(--warn)}.now{color:var(--now)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(116px,1fr));gap:12px;margin:28px 0 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px}
.tile b{display:block;white-space:nowrap;font-size:20px;line-height:1.2;font-weight:650;letter-spacing:-.01em;color:var(--ink);font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:13px}
.tile.bad b{color:var(--bad)}.tile.warn b{color:var(--warn)}.tile.good b{color:var(--good)}.tile.changed b{color:var(--changed)}
.failure{margin:28px 0 0;background:var(--card);border:1px solid var(--line);border-left:4px solid var(--bad);border-radius:12px;padding:16px 20px}
.failure h2{margin:0 0 4px;font-size:17px;color:var(--ink);text-transform:none;letter-spacing:0}.failure p,.why{overflow-wrap:anywhere}.why{white-space:pre-line}
.failure ul{margin:6px 0;padding-left:20px}.failure li{margin:4px 0;overflow-wrap:anywhere}
:target{outline:2px solid var(--changed);outline-offset:2px}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px}
.links{padding:12px 18px}
.frame{padding:14px 12px 8px;overflow-x:auto}
.machine{display:block;width:100%;min-width:720px;height:auto;font:12.5px ui-sans-serif,system-ui,"Segoe UI",Roboto,sans-serif}
.machine .box{fill:var(--wash);stroke:var(--line)}
.machine .behind{opacity:.7}
.machine g.none .box{fill:none;stroke-dasharray:4 3}
.machine .name{fill:var(--ink);font-weight:600}
.machine g.none .name,.machine .missed{fill:var(--soft);font-weight:400}
.machine .light,.machine .span,.machine .item{fill:currentColor}
.machine g.none .light{fill:none;stroke:var(--soft)}
.machine .span{opacity:.82}.machine .item{opacity:.95}
.machine .loop,.machine .tick,.machine .seconds{fill:var(--soft);font-variant-numeric:tabular-nums}
.machine .tick{font-size:11px}
.machine .grid{stroke:var(--line);fill:none}
.machine .arrow,.machine .tip{stroke:var(--soft);fill:none;stroke-width:1.2}
.machine .failedtry{stroke:var(--bad);stroke-width:2}
details.step{border-top:1px solid var(--line)}details.step:first-of-type{border-top:0}
summary{display:grid;grid-template-columns:14px minmax(180px,240px) 108px 1fr auto;gap:12px;align-items:baseline;padding:11px 18px;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary:hover{background:var(--wash)}
summary:focus-visible{outline:2px solid var(--changed);outline-offset:-2px}
summary .light{width:9px;height:9px;border-radius:50%;background:currentColor;position:relative;top:-1px}
summary .name{font-weight:620}
summary .time{color:var(--soft);font-variant-numeric:tabular-nums;font-size:13px}
summary .detail{color:var(--soft);overflow-wrap:anywhere}
.body{padding:0 18px 18px 44px}
.tone{font-size:12.5px;font-weight:620}
summary .tone,td .tone{white-space:nowrap}
.fact{display:flex;gap:12px;overflow-wrap:anywhere}.fact span:first-child{color:var(--soft);flex:0 0 108px}.fact span:first-child+*{min-width:0}
.fact span:first-child::first-letter{text-transform:uppercase}
.nested{border-left:2px solid var(--line);padding-left:14px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th{text-align:left;color:var(--soft);font-weight:600;padding:6px 14px 6px 0;border-bottom:1px solid var(--line);white-space:nowrap}
th::first-letter{text-transform:uppercase}
td{padding:6px 14px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
td code{overflow-wrap:anywhere;min-width:9ch}dd code,dd .text{white-space:pre-line}
.scroll:focus-visible,.frame:focus-visible{outline:2px solid var(--changed);outline-offset:2px}
.number{font-variant-numeric:tabular-nums}td.number{white-space:nowrap}.none{color:var(--soft)}
.records{display:grid;gap:8px}
.record{border:1px solid var(--line);border-radius:9px;background:var(--paper)}
.record summary{display:flex;gap:12px;padding:8px 14px;border-radius:9px}
.record .found{color:var(--soft);font-size:13.5px;overflow-wrap:anywhere}
.record dl{padding:0 14px 11px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:0;font-size:13.5px}
dt{color:var(--soft)}dt::first-letter{text-transform:uppercase}dd{margin:0;overflow-wrap:anywhere}
.items{margin-top:8px}
footer{margin-top:44px;color:var(--soft);font-size:13px;overflow-wrap:anywhere}
@media (max-width:760px){summary{grid-template-columns:14px 1fr auto}summary .change{grid-column:2}summary .detail{grid-column:2/-1}summary .time{grid-row:1;grid-column:3}.body{padding-left:18px}.record summary{flex-wrap:wrap;gap:2px 12px}.record .found{flex-basis:100%}.scroll table{width:max-content;min-width:100%}.scroll td{max-width:58vw}}
@media print{:root{color-scheme:light;--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--wash:#f6f6f6;--good:#156c40;--changed:#1d4fa5;--calm:#555;--bad:#b3261e;--warn:#8a5200;--now:#5c2d8c}
body{font-size:11.5px}main{max-width:none;padding:0}.card,.tile,.failure,.record{break-inside:avoid;border-radius:6px}.card.steps{break-inside:auto}h2{break-after:avoid}
tr,summary,.record{break-inside:avoid}summary{break-after:avoid}h1{font-size:22px}.tiles{grid-template-columns:repeat(auto-fit,minmax(84px,1fr));gap:8px;margin-top:16px}.tile{padding:8px 10px}.tile b{font-size:15px}.tile span,table,dl{font-size:10px}.tone{font-size:10px}td code,dd code{font-size:8.5px}th,td{padding:3px 8px 3px 0}h2{margin-top:24px}.scroll,.frame{overflow:visible}.frame{break-inside:auto}.machine{min-width:0;max-height:158mm}summary{grid-template-columns:12px minmax(120px,150px) 84px 1fr auto;padding:6px 10px}summary .time,h3{font-size:10.5px}.fact code{font-size:10px}footer{margin-top:20px;break-before:avoid}.body{padding:0 10px 10px 30px}a{color:inherit;text-decoration:none}
.failure a{display:none}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}@page{margin:14mm 14mm 18mm;@bottom-right{content:counter(page) ' / ' counter(pages);font:9px system-ui,sans-serif;color:#444}}}
@media print{details::details-content{content-visibility:visible;block-size:auto}}
`;
