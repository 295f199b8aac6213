/**
 * `npm run speaker -- deny|allow <user>`: who may speak.
 */
import { commonHelp, parseCommandLine } from './command-line.ts';
import { openEnvironment } from './environment.ts';
import { UsageError } from './errors.ts';
import { openOperate } from './open-operate.ts';
import { print, runCommand } from './run-command.ts';

const help = `Denies a user to speak, or allows it again.

  deny <user>          no new session, no way back into one, and the open sessions end
  allow <user>         takes that back

The user's ID is the sub of its tokens; npm run session -- show prints it as the speaker.

${commonHelp}`;

await runCommand('speaker', async (args) => {
  const commandLine = parseCommandLine(args, { deny: 1, allow: 1 });
  if (!commandLine) return console.log(help);
  const { action, json, target } = commandLine;
  const userId = parseUserId(commandLine.arguments[0] ?? '');
  const operate = openOperate(await openEnvironment(target));
  if (action === 'allow') {
    await operate.allow(userId);
    return print(json, { text: `${userId} may speak.`, data: { userId, denied: false } });
  }
  const ended = (await operate.deny(userId)).map(({ sessionId }) => sessionId);
  const sessions = ended.length === 0 ? 'No session was open.' : `Ended: ${ended.join(', ')}.`;
  print(json, { text: `${userId} may not speak any more. ${sessions}`, data: { userId, denied: true, ended } });
});

function parseUserId(text: string): string {
  if (/^[^\s\p{Cc}]{1,255}$/u.test(text)) return text;
  throw new UsageError(`${JSON.stringify(text)} is no user ID: one word, as npm run session -- show prints it`);
}
