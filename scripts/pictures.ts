import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engineNames } from '../src/model/engine-name.ts';

/**
 * Makes docs/pictures/: what a terminal shows in real runs of `make demo`, as SVG. Run it when the
 * output changes: `node scripts/pictures.ts`.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'docs/pictures');
const [charWidth, lineHeight, pad, header] = [7.23, 17, 16, 30];
const widest = 168;

const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** What a person looks for gets the colour that a terminal gives it. */
function colour(line: string): string {
  if (line.startsWith('$ ')) return '#7ee787';
  if (/^\s*TIME {2}|^NAME /.test(line)) return '#8b949e';
  if (line.startsWith('coverage:')) return '#79c0ff';
  return /: .*(reads|writes|computed|compared|converted|pages|temporary|run about|rows)/.test(line)
    ? '#e3b341'
    : '#e6edf3';
}

function picture(title: string, text: string): string {
  const lines = text
    .trimEnd()
    // Each run has another one, which opens nothing any more.
    .replace(/#token=\w+/g, '#token=…')
    .split('\n')
    .map((line) => (line.length > widest ? `${line.slice(0, widest - 1)}…` : line));
  const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * charWidth + 2 * pad);
  const height = lines.length * lineHeight + header + 2 * pad;
  const body = lines
    .map(
      (line, i) =>
        `<text x="${pad}" y="${header + pad + (i + 0.8) * lineHeight}" ` +
        `fill="${colour(line)}" xml:space="preserve">${escape(line)}</text>`,
    )
    .join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"
 width="${width}" height="${height}" role="img" aria-label="${escape(title)}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<rect width="100%" height="${header}" rx="8" fill="#161b22"/>
<circle cx="18" cy="15" r="5" fill="#ff5f57"/>
<circle cx="36" cy="15" r="5" fill="#febc2e"/>
<circle cx="54" cy="15" r="5" fill="#28c840"/>
<text x="${width / 2}" y="19" fill="#8b949e" text-anchor="middle" font-size="12"
 font-family="ui-sans-serif, system-ui, sans-serif">${escape(title)}</text>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="12">
${body}
</g></svg>
`;
}

mkdirSync(folder, { recursive: true });
for (const engine of engineNames) {
  const out = execFileSync('make', ['--no-print-directory', 'demo'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ENGINE: engine, ONCE: '1', NO_COLOR: '1' },
  });
  const path = join(folder, `demo-${engine}.svg`);
  writeFileSync(
    path,
    picture(
      `make demo ENGINE=${engine}`,
      `$ make demo${engine === engineNames[0] ? '' : ` ENGINE=${engine}`}\n${out}`,
    ),
  );
  console.log(path);
}
