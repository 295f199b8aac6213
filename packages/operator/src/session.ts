/**
 * `npm run session -- list|show|end <id>`: what operators see of sessions, and how they end one.
 */
import { isSessionId, normaliseSessionId } from '@sessions/core/protocol';
import type { Operate, SessionWithPlaces } from '@sessions/core/sessions';
import { commonHelp, parseCommandLine } from './command-line.ts';
import { endSession, unknownSession } from './end-session.ts';
import { openEnvironment } from './environment.ts';
import { UsageError } from './errors.ts';
import { openOperate } from './open-operate.ts';
import { print, runCommand } from './run-command.ts';
import { sessionData, sessionsText, sessionText } from './session-view.ts';
import { counted, localTime } from './text.ts';

const help = `Shows and ends sessions.

  list                 the sessions that are open, oldest first, those whose end is not complete among them
  show <id>            everything about one; for a day also after its end
  end <id>             ends it, and waits until every listener has been notified
  --wait <seconds>     how long end waits, 1 to 600 (90)

${commonHelp}`;

const DEFAULT_WAIT_SECONDS = '90';
/** Sessions that are looked at side by side. */
const AT_ONCE = 16;

await runCommand('session', async (args, signal) => {
  const commandLine = parseCommandLine(args, { list: 0, show: 1, end: 1 }, { wait: { type: 'string' } });
  if (!commandLine) return console.log(help);
  const { action, json, target, value } = commandLine;
  const waitSeconds = parseWait(value('wait') ?? DEFAULT_WAIT_SECONDS);
  const sessionId = action === 'list' ? '' : parseSessionId(commandLine.arguments[0] ?? '');
  const operate = openOperate(await openEnvironment(target));
  switch (action) {
    case 'list': {
      const sessions = (await listWithPlaces(operate)).map(sessionData);
      return print(json, { text: sessionsText(sessions), data: sessions });
    }
    case 'show': {
      const found = await operate.show(sessionId);
      if (found === undefined) throw unknownSession(sessionId);
      const data = sessionData(found);
      return print(json, { text: sessionText(data), data });
    }
    default: {
      const outcome = await endSession(operate, sessionId, { waitMs: waitSeconds * 1000, signal });
      const { endedNow, listeners, endReason, endedAt = 0 } = outcome;
      const text = endedNow
        ? `${sessionId} has ended; ${counted(listeners, 'listener')} ${listeners === 1 ? 'was' : 'were'} in it, and all have been notified.`
        : `${sessionId} had ended before: ${localTime(endedAt)}, ${endReason}. Its end is complete.`;
      return print(json, { text, data: outcome });
    }
  }
});

/** The index tells which are open; how many listen stands in each one's own places. */
async function listWithPlaces(operate: Operate): Promise<SessionWithPlaces[]> {
  const open = await operate.list();
  const found: (SessionWithPlaces | undefined)[] = [];
  for (let start = 0; start < open.length; start += AT_ONCE) {
    const some = open.slice(start, start + AT_ONCE);
    found.push(...(await Promise.all(some.map(({ sessionId }) => operate.show(sessionId)))));
  }
  // The index is a moment behind: one whose end is complete by now is not listed.
  return found.filter((one) => one !== undefined && one.session.endCompletedAt === undefined) as SessionWithPlaces[];
}

function parseSessionId(text: string): string {
  const sessionId = normaliseSessionId(text);
  if (isSessionId(sessionId)) return sessionId;
  throw new UsageError(`${JSON.stringify(text)} is no session ID: it looks like faithful-shepherd-427`);
}

function parseWait(text: string | boolean): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 600) return seconds;
  throw new UsageError(`--wait must be a whole number of seconds from 1 to 600, not ${JSON.stringify(text)}`);
}
