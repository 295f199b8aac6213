/**
 * Opens a session and holds it until Ctrl+C: `npm run example:speaker -- <url> <token>`, with the
 * URL and the token that `npm start` prints.
 */
import { connectSpeaker } from '@sessions/client';

const [url = 'ws://127.0.0.1:4510/dev', token = ''] = process.argv.slice(2);

const speaker = await connectSpeaker({ url, getToken: () => token, sourceLanguage: 'en' });
console.log(`Session ${speaker.sessionId}`);
speaker.on('status', ({ listenerCount, listenersByLanguage }) => console.log(listenerCount, listenersByLanguage));
speaker.on('statechange', ({ to, reason }) => console.log(`${to}: ${reason}`));
process.once('SIGINT', () => void speaker.end());
