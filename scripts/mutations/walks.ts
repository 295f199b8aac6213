import type { Edit } from './edits.ts';
import type { Mutation } from './mutations.ts';

const sessions = (file: string) => `core/src/sessions/${file}.ts`;
const dynamodb = (file: string) => `core/src/dynamodb/${file}.ts`;
const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

/** Bugs that the walks of the model must find, on the whole stack: whether the model has teeth. */
export const walks: readonly Mutation[] = [
  {
    name: 'the route `joinSession` has no route response',
    test: 'model',
    edits: [],
    isSilent: true,
    editStack: ({ resource }) => {
      const routes = resource.aws_apigatewayv2_route ?? {};
      const join = Object.entries(routes).find(([, route]) => route.route_key === 'joinSession');
      const responses = resource.aws_apigatewayv2_route_response ?? {};
      const response = Object.entries(responses).find(([, { route_id }]) =>
        String(route_id).includes(`.${join?.[0]}.`),
      );
      if (!response) throw new Error('The stack has no route response of joinSession');
      delete responses[response[0]];
    },
  },
  {
    name: 'only the first page of anything is read',
    test: 'model',
    edits: [edit(dynamodb('pages'), 'while (start !== undefined)', 'while (read === undefined)')],
  },
  {
    name: "a speaker's late refresh takes the session from the live connection",
    test: 'model',
    edits: [edit(sessions('refresh-speaker'), 'if (speakerConnectedAt >= connectedAt)', 'if (speakerConnectedAt < 0)')],
  },
  {
    name: 'another client takes the session without saying so',
    test: 'model',
    edits: [edit(sessions('refresh-speaker'), 'if (takeOver !== true && ', 'if (takeOver === false && ')],
  },
  {
    name: 'a listener who leaves is still counted for its language',
    test: 'model',
    edits: [
      edit(
        dynamodb('places'),
        "update: 'ADD #taken :minusOne, #language :minusOne'",
        "update: 'ADD #taken :minusOne, #language :zero'",
      ),
      edit(
        dynamodb('places'),
        "condition: IS_THERE,\n                values: { ':minusOne': -1 },",
        "condition: IS_THERE,\n                values: { ':minusOne': -1, ':zero': 0 },",
      ),
    ],
  },
  {
    name: 'the speaker is not told when listeners come and go',
    test: 'model',
    edits: [
      edit(
        sessions('notify-places'),
        '  await announceLanguages(found, asOf, deps);\n  await notifySpeaker(found, asOf, deps);\n',
        '  await announceLanguages(found, asOf, deps);\n',
      ),
    ],
  },
  {
    name: 'listeners hear nothing of an interruption',
    test: 'model',
    edits: [
      edit(
        sessions('follow-ups'),
        "if (after.state === 'interrupted' && before",
        "if (after.state === 'ended' && before",
      ),
    ],
  },
  {
    name: 'a change of the broadcast does not raise the revision',
    test: 'model',
    edits: [
      edit(
        dynamodb('speakers'),
        '#broadcastStateChangedAt = :now ADD #revision :one`',
        '#broadcastStateChangedAt = :now`',
      ),
      edit(
        dynamodb('speakers'),
        "              ':notAfter': notAfterMs,\n              ':one': 1,\n",
        "              ':notAfter': notAfterMs,\n",
      ),
    ],
  },
  {
    name: 'a heartbeat is told of the session as it was a minute ago',
    test: 'model',
    edits: [edit(sessions('session-cache'), 'MAX_AGE_MS = 1000', 'MAX_AGE_MS = 60_000')],
  },
  {
    name: 'a close frame without a code ends the session',
    test: 'model',
    edits: [edit(sessions('close-codes'), "1005: 'lost'", "1005: 'goodbye'")],
  },
  {
    name: 'a flood never ends',
    test: 'model',
    edits: [edit(sessions('connection-budget'), 'if (count < limit) return', 'if (count > 0) return')],
  },
  {
    name: 'a right join key waits behind a guesser at the same address',
    test: 'model',
    edits: [
      edit(
        sessions('join-session'),
        'isKeyed ? undefined : wrongSessionIds',
        'nowOf(isKeyed) ? undefined : wrongSessionIds',
      ),
      edit(
        sessions('join-session'),
        'const shardsWithRoom =',
        'const nowOf = (isKeyed: boolean) => isKeyed && false;\nconst shardsWithRoom =',
      ),
    ],
  },
  {
    name: 'a token is good for as long as the connection is open',
    test: 'model',
    edits: [edit(sessions('speaker-identity'), 'if (identity.tokenExpiresAt <= nowMs) {', 'if (nowMs < 0) {')],
  },
  {
    name: 'listeners whose sockets are gone keep their places',
    test: 'model',
    edits: [
      edit(
        sessions('notify-share'),
        'new Set(remove ? [...report.delivered, ...report.gone] : report.gone)',
        'new Set(remove ? [...report.delivered, ...report.gone] : [])',
      ),
    ],
  },
  {
    name: 'an end is given up when the index does not list everybody yet',
    // Some hundred walks did not show it: few of them have an index that lags when a session ends.
    test: 'packages/core/test/sessions/complete-end.test.ts',
    edits: [edit(sessions('complete-end'), '[0, ...PAUSES_BEFORE_QUERYING_AGAIN_MS]', '[0, 0]')],
  },
  {
    name: 'an end that was interrupted is never finished',
    // The walks would need an outage of half a minute of real time.
    test: 'packages/core/test/sessions/sweep.test.ts',
    edits: [edit(sessions('sweep-sessions'), 'if (nowMs - endedAt < END_TAKES_MS) return;', 'if (nowMs > 0) return;')],
  },
  {
    name: "the end of a lost speaker's grace period is never noticed",
    test: 'model',
    edits: [edit(sessions('sweep-sessions'), 'interruptedAt + settings.speakerGraceMs > nowMs', 'nowMs > 0')],
  },
  {
    name: 'the reminder to refresh comes only within a minute of the threshold',
    test: 'model',
    edits: [
      edit(
        sessions('record-heartbeat'),
        'if (ageMs >= settings.refreshAfterMs) {',
        'if (ageMs >= settings.refreshAfterMs && ageMs < settings.refreshAfterMs + 60_000) {',
      ),
    ],
  },
  {
    name: 'a user who was denied goes on speaking',
    test: 'model',
    edits: [
      edit(dynamodb('speakers'), "if (denied) return 'speakerDenied';\n      // Its own session", '// Its own session'),
    ],
  },
];
