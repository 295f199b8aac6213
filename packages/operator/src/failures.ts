/**
 * `npm run failures -- list|show|replay|delete`: what Lambda gave up, and doing it again.
 */
import { commonHelp, parseCommandLine } from './command-line.ts';
import { openEnvironment } from './environment.ts';
import { OperatorError, UsageError } from './errors.ts';
import { createFailureCommands, type Selection, type WorkReport } from './failures/commands.ts';
import { openFailureQueue } from './failures/failure-queue.ts';
import { failureData, failuresText, failureText, whatText } from './failures/failure-view.ts';
import { createInvoke } from './failures/invoke.ts';
import { createReplay } from './failures/replay.ts';
import { print, runCommand } from './run-command.ts';
import { counted } from './text.ts';

const help = `Shows what Lambda gave up, and does it again.

  list                 deliveries that failed, and changes from which nothing followed; oldest first
  show <id>            everything about one
  replay <id>…         does them again, and deletes the messages of those that succeed
  delete <id>…         deletes their messages: nothing follows from them any more
  --all                in place of IDs, with replay and delete

The beginning of an ID will do, if no other begins like that.

${commonHelp}`;

await runCommand('failures', async (args, signal) => {
  const actions = { list: 0, show: 1, replay: 'any', delete: 'any' } as const;
  const commandLine = parseCommandLine(args, actions, { all: { type: 'boolean' } });
  if (!commandLine) return console.log(help);
  const { action, json, target, arguments: ids } = commandLine;
  const selection = parseSelection(action, ids, commandLine.value('all') === true);
  const outputs = await openEnvironment(target);
  const commands = createFailureCommands({
    deliveries: openFailureQueue(outputs.deliveries_failed_queue_url),
    changes: openFailureQueue(outputs.changes_failed_queue_url),
  });
  switch (action) {
    case 'list': {
      const { failures, heldByOthers } = await commands.list();
      return print(json, { text: failuresText(failures, heldByOthers), data: failures.map(failureData) });
    }
    case 'show': {
      const failure = await commands.show(ids[0] ?? '');
      return print(json, { text: failureText(failure), data: failureData(failure) });
    }
    default: {
      const run = action === 'replay' ? createReplay({ outputs, invoke: createInvoke() }) : async () => 'deleted';
      const reports = await commands.work(selection, run, signal);
      print(json, { text: reportText(reports), data: reports.map(reportData) });
      const failed = reports.filter(({ error }) => error !== undefined).length;
      if (failed > 0) throw new OperatorError(`${failed} of ${reports.length} failed again: they stay in their queue`);
    }
  }
});

function parseSelection(action: string, ids: readonly string[], all: boolean): Selection {
  if (action !== 'replay' && action !== 'delete') {
    if (all) throw new UsageError(`--all belongs to replay and delete, not to ${action}`);
    checkIds(ids);
    return ids;
  }
  if (all === ids.length > 0) throw new UsageError(`${action} takes one or more IDs, or --all`);
  checkIds(ids);
  return all ? 'all' : ids;
}

function checkIds(ids: readonly string[]): void {
  const wrong = ids.find((id) => !/^[0-9a-f-]{4,36}$/i.test(id));
  if (wrong === undefined) return;
  throw new UsageError(
    `${JSON.stringify(wrong)} is no ID of a failure: 4 to 36 of 0-9, a-f and -, as npm run failures -- list prints it`,
  );
}

function reportText(reports: readonly WorkReport[]): string {
  const lines = reports.map(
    ({ failure, result, error }) =>
      `${failure.id.slice(0, 8)}  ${whatText(failure)}: ${error === undefined ? result : `FAILED: ${error}`}`,
  );
  const done = reports.filter(({ error }) => error === undefined).length;
  return [...lines, `${counted(done, 'message')} done and deleted.`].join('\n');
}

function reportData({ failure, result, error }: WorkReport) {
  const outcome = error === undefined ? { result } : { error };
  return { id: failure.id, what: whatText(failure), ...outcome };
}
