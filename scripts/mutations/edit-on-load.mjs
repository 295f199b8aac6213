/**
 * Changes some files' texts as Node.js loads them; no file of the repository is touched:
 * `MUTATION_EDITS='[…]' node --import ./scripts/mutations/edit-on-load.mjs …`. A file that is never loaded, or has not
 * the text that is to be replaced, ends the process with status 99: then nothing was tested.
 */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { applyEdits, editedFileOf } from './edits.ts';

const NOT_TESTED = 99;
const edits = JSON.parse(process.env.MUTATION_EDITS ?? '[]');
const missing = new Set(edits);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.startsWith('file:')) return loaded;
    const file = editedFileOf(fileURLToPath(url));
    const own = edits.filter((edit) => edit.file === file);
    if (own.length === 0) return loaded;
    for (const edit of own) missing.delete(edit);
    try {
      return { ...loaded, source: applyEdits(file, String(loaded.source), own) };
    } catch (error) {
      console.error(error.message);
      process.exit(NOT_TESTED);
    }
  },
});

process.on('exit', () => {
  if (missing.size === 0) return;
  console.error(`Not loaded: ${[...missing].map(({ file }) => file).join(', ')}`);
  process.exitCode = NOT_TESTED;
});
