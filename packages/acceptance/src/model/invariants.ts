import { type Problems, show } from './compare.ts';
import type { Names } from './names.ts';
import { RULES } from './state.ts';
import type { Stored, StoredShard } from './tables.ts';

/** What must hold at every moment, after every fault: transactions leave nothing half done. */
export function compareInvariants(stored: Stored, names: Names): Problems {
  return [
    ...stored.shards.flatMap((shard) => shardProblems(shard, stored, names)),
    ...stored.sessions.flatMap((session) => sessionProblems(session, stored, names)),
    ...stored.connections.flatMap((item) => {
      const owner = stored.sessions.find(({ sessionId }) => sessionId === item.sessionId);
      if (!owner) return [`${names.of(item.connectionId)} has a role in a session that is not stored`];
      if (item.role === 'listener') {
        const shard = stored.shards.find(
          (one) => one.sessionId === item.sessionId && one.placeShard === item.placeShard,
        );
        return shard ? [] : [`${names.of(item.connectionId)} holds a place of ${item.placeShard}, which is not stored`];
      }
      const isSpeaker = owner.state === 'ended' || owner.speakerConnectionId === item.connectionId;
      return isSpeaker ? [] : [`${names.of(item.connectionId)} is stored as a speaker, and is not the session's`];
    }),
  ];
}

/** The places that are taken are exactly the listeners that hold them. */
function shardProblems(shard: StoredShard, { connections }: Stored, names: Names): Problems {
  const { sessionId, placeShard, taken, capacity, languages } = shard;
  const name = `${names.of(sessionId)}, shard ${placeShard}`;
  const counted: Record<string, number> = {};
  let holders = 0;
  for (const item of connections) {
    if (item.role !== 'listener' || item.sessionId !== sessionId || item.placeShard !== placeShard) continue;
    holders++;
    counted[item.targetLanguage] = (counted[item.targetLanguage] ?? 0) + 1;
  }
  const problems: Problems = [];
  if (taken !== holders) problems.push(`${name}: ${taken} places are taken, by ${holders} listeners`);
  if (taken > capacity) problems.push(`${name}: ${taken} places are taken, of ${capacity}`);
  if (show(languages) !== show(counted)) {
    problems.push(`${name} counts the languages ${show(languages)}, and its listeners hear ${show(counted)}`);
  }
  return problems;
}

function sessionProblems(session: Stored['sessions'][number], stored: Stored, names: Names): Problems {
  const { sessionId, createdAt, state, speakerConnectionId, endCompletedAt } = session;
  const name = names.of(sessionId);
  const shards = stored.shards.filter((shard) => shard.sessionId === sessionId);
  const problems: Problems = [];
  const capacity = shards.reduce((sum, shard) => sum + shard.capacity, 0);
  if (capacity !== RULES.capacity) problems.push(`the shards of ${name} have ${capacity} places in all`);
  if (shards.some(({ placeShard }) => !placeShard.startsWith(`${createdAt}#`))) {
    problems.push(`${name} has shards of an earlier session`);
  }
  if (state === 'interrupted' && speakerConnectionId !== undefined)
    problems.push(`${name} is interrupted with a speaker`);
  if (state === 'active') {
    const speaker = stored.connections.find(({ connectionId }) => connectionId === speakerConnectionId);
    if (speaker?.role !== 'speaker' || speaker.sessionId !== sessionId) {
      problems.push(`${name} is active, and its speaker's connection is not stored as such`);
    }
  }
  if (endCompletedAt !== undefined && shards.some(({ closedAt, taken }) => closedAt === undefined || taken > 0)) {
    problems.push(`the end of ${name} is complete with open shards or taken places: ${show(shards)}`);
  }
  return problems;
}
