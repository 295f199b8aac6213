import type { Edit } from './edits.ts';
import type { Mutation } from './mutations.ts';

const sessions = (file: string) => `core/src/sessions/${file}.ts`;
const dynamodb = (file: string) => `core/src/dynamodb/${file}.ts`;
const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });
const unit = (file: string) => `packages/core/test/sessions/${file}.test.ts`;
/** Held to by both implementations; this one runs on the embedded engine. */
const CONTRACTS = 'packages/core/test/dynamodb/contracts.test.ts';

/** Every defect of the first design, as an edit of today's code, each with the cheapest test that catches it. */
export const defects: readonly Mutation[] = [
  {
    defect: 1,
    name: 'the sweeper closes who is silent, though API Gateway sees them active',
    edits: [edit(sessions('sweep-connections'), '        if (isActive && isDoubtful) return;\n', '')],
    test: unit('sweep'),
  },
  {
    defect: 1,
    name: 'a connection without a role may have messages refused for ever',
    edits: [edit(sessions('connection-budget'), 'if (count < limit) return', 'if (count > 0) return')],
    test: unit('connection-budget'),
  },
  {
    defect: 2,
    name: 'a listener that refreshes there and back mints places that are not counted',
    edits: [
      edit(
        dynamodb('places'),
        'Delete: {\n              ...connection(previous.connectionId),',
        'ConditionCheck: {\n              ...connection(previous.connectionId),',
      ),
    ],
    test: CONTRACTS,
  },
  {
    defect: 3,
    name: "a speaker's late, abandoned refresh takes the session from the live connection",
    edits: [edit(sessions('refresh-speaker'), 'if (speakerConnectedAt >= connectedAt)', 'if (speakerConnectedAt < 0)')],
    test: unit('refresh-speaker'),
  },
  {
    defect: 4,
    name: "a listener's refresh without proof tells whether there is such a session",
    edits: [
      edit(
        sessions('refresh-listener'),
        'return { ownPlace: own };\n',
        'return { ownPlace: own };\n    if (!isLive((await messageLog.findSession(sessionId, []))?.session, clock.nowMs())) throw sessionNotFound(sessionId);\n',
      ),
    ],
    test: unit('refresh-listener'),
  },
  {
    defect: 4,
    name: 'a connection may guess session IDs as often as it may send anything that is refused',
    edits: [edit(sessions('connection-budget'), 'isWrongId ? Math.ceil(limit / MAX_WRONG_IDS) : 1', '1')],
    test: unit('connection-budget'),
  },
  {
    defect: 5,
    name: 'a place moves in two writes, and is lost between them',
    edits: [
      edit(
        dynamodb('places'),
        '    async movePlace({ previous, listener }) {\n',
        `    async movePlace({ previous, listener }) {
      const removal = {
        ...connection(previous.connectionId),
        ...expressions({ condition: IS_AS_GIVEN, values: asGiven(previous) }),
      };
      if ((await transact([{ Delete: removal }], REQUEST)) === 'committed') {
        if ((await transact([store(listener)], REQUEST)) === 'committed') return 'moved';
      }
`,
      ),
    ],
    test: CONTRACTS,
  },
  {
    defect: 6,
    name: "a speaker uses up the address's budget as well, and is refused with it",
    edits: [edit(sessions('admit-connection'), '    if (isSpeaker) return;\n', '')],
    test: unit('admit-connection'),
  },
  {
    defect: 7,
    name: 'a place is counted in one write and stored in another, so that a count is a guess',
    edits: [
      edit(
        dynamodb('places'),
        "        store(listener),\n      ]);\n      if (outcome === 'committed') return 'taken';",
        `      ]);
      if (outcome === 'committed') {
        return (await transact.once([store(listener)])) === 'committed' ? 'taken' : 'connectionHasRole';
      }`,
      ),
    ],
    test: CONTRACTS,
  },
  {
    defect: 8,
    name: 'a token that cannot be checked now is refused for good',
    edits: [
      edit(
        'functions/authorizer/src/handler.ts',
        '      return undefined;\n    }\n  }',
        "      throw new Error('Unauthorized');\n    }\n  }",
      ),
    ],
    test: 'packages/functions/authorizer/test/handler.test.ts',
  },
  {
    defect: 9,
    name: 'one invocation notifies the listeners of a whole session',
    edits: [
      edit(sessions('deliver-to-listeners'), 'MAX_LISTENERS_A_SHARE = 1000;', 'MAX_LISTENERS_A_SHARE = 1_000_000;'),
    ],
    test: unit('complete-end'),
  },
  {
    defect: 9,
    name: 'an end that is done again notifies those again who were notified',
    edits: [
      edit(
        sessions('notify-share'),
        'new Set(remove ? [...report.delivered, ...report.gone] : report.gone)',
        'new Set(report.gone)',
      ),
    ],
    test: unit('complete-end'),
  },
  {
    defect: 10,
    name: 'sessions end after the silent connections, if time is left',
    edits: [
      edit(
        sessions('sweep'),
        `    const { activeSessions, ...ends } = await sweepSessions();
    const { openConnections, ...silence } = await sweepConnections(deadlineMs);`,
        `    const { openConnections, ...silence } = await sweepConnections(deadlineMs);
    const { activeSessions, ...ends } = await sweepSessions();`,
      ),
    ],
    test: unit('sweep'),
  },
  {
    defect: 11,
    name: 'a listener who asks again takes another place',
    edits: [
      edit(
        dynamodb('places'),
        'Item: toConnectionItem(listener),\n      ...expressions({ condition: HAS_NO_ROLE }),',
        'Item: toConnectionItem(listener),',
      ),
    ],
    test: CONTRACTS,
  },
  {
    defect: 12,
    name: 'a client believes an older notification that came later',
    edits: [
      edit('client/src/session-tracker.ts', 'if (revision <= this.#revision) return;', 'if (revision < 0) return;'),
    ],
    test: 'packages/client/test/latest-state.test.ts',
  },
  {
    defect: 12,
    name: 'a listener who joins is told how the session was before',
    edits: [edit(sessions('join-session'), '...reply(joined.session, listener,', '...reply(found.session, listener,')],
    test: unit('join-session'),
  },
  {
    defect: 13,
    name: 'a session whose speaker is gone stays active',
    edits: [
      edit(
        sessions('leave-session'),
        '    const isOver = ',
        `    if (departure === 'lost') {
      await connections.removeSpeaker(connection.connectionId);
      return;
    }
    const isOver = `,
      ),
    ],
    test: unit('disconnect'),
  },
  {
    defect: 14,
    name: 'a token is good for as long as the connection is open',
    edits: [edit(sessions('speaker-identity'), 'if (identity.tokenExpiresAt <= nowMs) {', 'if (nowMs < 0) {')],
    test: unit('create-session'),
  },
  {
    defect: 15,
    name: 'the speaker of an ended session is notified in every run of its end',
    edits: [
      edit(
        sessions('complete-end'),
        '    if ((await deps.connections.find(speakerConnectionId)) === undefined) return addUp([]);\n',
        '',
      ),
    ],
    test: unit('complete-end'),
  },
  {
    defect: 15,
    name: 'the end of a session waits for its listeners, and fails with them',
    edits: [
      edit(
        sessions('notify-changes'),
        '    if (events.length > 0) await eventBus.publish(events);\n',
        `    if (events.length > 0) await eventBus.publish(events);
    if (hasEnded) throw new Error('The listeners could not be removed');
`,
      ),
    ],
    test: unit('notify-changes'),
  },
  {
    defect: 16,
    name: 'a close frame without a code ends the session',
    edits: [edit(sessions('close-codes'), "1005: 'lost'", "1005: 'goodbye'")],
    test: unit('close-codes'),
  },
  {
    defect: 16,
    name: "the service's own closing of a socket is a goodbye of its speaker",
    edits: [
      edit(
        sessions('connection-budget'),
        "      if (connection !== undefined) await leaveSession(connection, 'lost');\n      await push.close(connectionId);\n",
        "      await push.close(connectionId);\n      if (connection !== undefined) await leaveSession(connection, 'goodbye');\n",
      ),
    ],
    test: unit('connection-budget'),
  },
];
