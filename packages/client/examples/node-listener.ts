/**
 * Joins a session and prints what it is sent: `npm run example:listener -- <url> <session ID> <language>`.
 */
import { joinAsListener } from '@sessions/client';

const [url = 'ws://127.0.0.1:4510/dev', sessionId = '', targetLanguage = 'es'] = process.argv.slice(2);

const listener = await joinAsListener({ url, sessionId, targetLanguage });
console.log(`Joined ${listener.sessionId}: ${listener.sourceLanguage} in ${listener.targetLanguage}`);
listener.on('statechange', ({ to, reason }) => console.log(`${to}: ${reason}`));
process.once('SIGINT', () => void listener.leave());
for await (const message of listener.messages()) console.log(message);
