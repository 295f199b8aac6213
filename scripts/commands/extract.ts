import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command of a document, as a reader would paste it. */
export interface DocumentedCommand {
  /** Below the repository's top. */
  readonly document: string;
  /** Its first line in the document. */
  readonly line: number;
  /** Without a comment at its end; of several lines if it is continued, or a function, or a loop. */
  readonly text: string;
}

/** The documents that tell somebody to type something. */
const DOCUMENTS = [
  '*.md',
  'docs/**/*.md',
  '.github/*.md',
  'packages/*/README.md',
  'packages/functions/*/README.md',
  'examples/*/README.md',
  'infra/README.md',
  'scripts/**/*.md',
];

/** Returns the commands of all documents: what is in their blocks of shell (`sh`, `bash`, `shell`, `console`). */
export function documentedCommands(root: string): DocumentedCommand[] {
  const documents = globSync(DOCUMENTS, { cwd: root }).sort();
  return documents.flatMap((document) => commandsOf(document, readFileSync(join(root, document), 'utf8')));
}

/** Returns the commands of one document. @throws {Error} a block ends in the middle of a command */
export function commandsOf(document: string, markdown: string): DocumentedCommand[] {
  const commands: DocumentedCommand[] = [];
  let fence: string | undefined;
  let isShell = false;
  let pending: string[] = [];
  for (const [index, raw] of markdown.split('\n').entries()) {
    const [, ticks, language = ''] = /^\s*(`{3,}|~{3,})\s*(\w*)/.exec(raw) ?? [];
    if (fence === undefined) {
      fence = ticks;
      isShell = ['sh', 'bash', 'shell', 'console'].includes(language);
      continue;
    }
    if (raw.trim() === fence) {
      if (pending.length > 0) throw new Error(`${document}:${index}: the block ends within: ${pending[0]}`);
      fence = undefined;
      continue;
    }
    if (!isShell || (pending.length === 0 && /^\s*(#|$)/.test(raw))) continue;
    pending.push(raw.replace(/^\$ /, ''));
    const text = pending.join('\n');
    if (!isComplete(text)) continue;
    commands.push({ document, line: index + 2 - pending.length, text: withoutComment(text) });
    pending = [];
  }
  return commands;
}

/** Bash itself decides. `<a placeholder>` stands for a word, which to bash it is not. */
function isComplete(text: string): boolean {
  if (/\\$/.test(text)) return false;
  const { status, stderr } = spawnSync('bash', ['-n'], { input: `${text.replaceAll(/<[^<>(\n]+>/g, 'word')}\n` });
  // An unfinished here-document is only warned of.
  return status === 0 && !stderr.includes('here-document');
}

/** Without the comment beside a command, which starts after two spaces or more. */
const withoutComment = (text: string): string => text.replaceAll(/ {2,}#.*$/gm, '').trim();
