import { DynamodbTable, type DynamodbTableConfig } from '@cdktf/provider-aws/lib/dynamodb-table/index.js';
import { Token } from 'cdktf';
import { Construct } from 'constructs';
import { kmsKeyArn } from './kms-access.ts';
import { protectedIf } from './lifecycles.ts';
import type { Output } from './outputs.ts';

export interface TablesProps {
  /** Goes before each table's name. */
  readonly namePrefix: string;
  /** Whether Terraform refuses to delete or replace them. */
  readonly isProtected: boolean;
}

/**
 * The four tables. Each expires its items by a TTL attribute, which holds epoch seconds.
 *
 * The sessions table holds several items a session, told apart by `part`: the session itself, its places in shards, the
 * languages announced last. Its stream tells the notifier what has changed, with the item before and after. Its index is
 * sparse: only a session whose end is not complete has `openSince`, so that the index lists the sessions that are
 * something to look after, of all speakers or of one.
 *
 * The index over connections is sparse, too (only a listener has a target language, so it holds exactly the live
 * listeners). Besides keys it has `role`, for consumers that filter by it, and `placeShard`, from which the end of a
 * session removes listeners. Neither ever changes, so that a heartbeat writes nothing to the index.
 *
 * The messages table is the log of what was published: a partition for each channel of a session, in the order of the
 * offsets, with the channel's head at offset 0. It holds content, and is the one table without a backup.
 */
export class Tables extends Construct {
  static readonly sessionsIndexName = 'speakerUserId-openSince-index';
  static readonly connectionsIndexName = 'sessionId-targetLanguage-index';

  readonly sessions: DynamodbTable;
  readonly connections: DynamodbTable;
  readonly rateLimits: DynamodbTable;
  readonly messages: DynamodbTable;

  constructor(scope: Construct, id: string, { namePrefix, isProtected }: TablesProps) {
    super(scope, id);

    const table = (tableId: string, hashKey: string, ttlAttribute: string, more: Partial<DynamodbTableConfig> = {}) =>
      new DynamodbTable(this, tableId, {
        name: `${namePrefix}-${tableId}`,
        billingMode: 'PAY_PER_REQUEST',
        hashKey,
        attribute: [{ name: hashKey, type: 'S' }],
        ttl: { attributeName: ttlAttribute, enabled: true },
        serverSideEncryption: { enabled: true, kmsKeyArn },
        pointInTimeRecovery: { enabled: Token.asAny(`\${var.point_in_time_recovery}`) },
        deletionProtectionEnabled: Token.asAny(`\${var.deletion_protection}`),
        ...protectedIf(isProtected),
        ...more,
      });

    // Not by `expiresAt`: an item gets its `ttl` only when the session's end is complete and nothing is counted in it.
    this.sessions = table('sessions', 'sessionId', 'ttl', {
      rangeKey: 'part',
      attribute: [
        ...['sessionId', 'part', 'speakerUserId'].map((name) => ({ name, type: 'S' })),
        { name: 'openSince', type: 'N' },
      ],
      streamEnabled: true,
      streamViewType: 'NEW_AND_OLD_IMAGES',
      globalSecondaryIndex: [
        {
          name: Tables.sessionsIndexName,
          hashKey: 'speakerUserId',
          rangeKey: 'openSince',
          projectionType: 'ALL',
        },
      ],
    });
    this.connections = table('connections', 'connectionId', 'ttl', {
      attribute: ['connectionId', 'sessionId', 'targetLanguage'].map((name) => ({ name, type: 'S' })),
      globalSecondaryIndex: [
        {
          name: Tables.connectionsIndexName,
          hashKey: 'sessionId',
          rangeKey: 'targetLanguage',
          projectionType: 'INCLUDE',
          nonKeyAttributes: ['role', 'placeShard'],
        },
      ],
    });
    this.rateLimits = table('rate-limits', 'identifier', 'expiresAt');
    this.messages = table('messages', 'channel', 'ttl', {
      rangeKey: 'offset',
      // A backup would keep what was published for 35 days after it had to be gone, and nobody needs an old log.
      pointInTimeRecovery: { enabled: false },
      attribute: [
        { name: 'channel', type: 'S' },
        { name: 'offset', type: 'N' },
      ],
    });
  }

  /** What other systems need to know of the tables. */
  get outputs(): Record<string, Output> {
    const table = (name: string, of: string, { name: value, arn }: DynamodbTable): Record<string, Output> => ({
      [`${name}_table_name`]: { value, description: `DynamoDB table of ${of}.` },
      [`${name}_table_arn`]: { value: arn, description: `ARN of the table of ${of}.` },
    });
    return {
      ...table('sessions', 'sessions', this.sessions),
      sessions_stream_arn: {
        value: this.sessions.streamArn,
        description: 'ARN of the stream of the table of sessions.',
      },
      sessions_index_name: {
        value: Tables.sessionsIndexName,
        description: 'Index of the sessions whose end is not complete, by speaker.',
      },
      sessions_index_arn: { value: this.sessionsIndexArn, description: 'ARN of that index.' },
      ...table('connections', 'connections', this.connections),
      connections_index_name: {
        value: Tables.connectionsIndexName,
        description: 'Index of the live listeners by session.',
      },
      connections_index_arn: { value: this.connectionsIndexArn, description: 'ARN of that index.' },
      ...table('rate_limits', 'rate limits', this.rateLimits),
      ...table('messages', 'published messages', this.messages),
    };
  }

  /** The ARN that a policy names for queries and scans of the sessions' index. */
  get sessionsIndexArn(): string {
    return `${this.sessions.arn}/index/${Tables.sessionsIndexName}`;
  }

  /** The ARN that a policy names for queries of the connections' index. */
  get connectionsIndexArn(): string {
    return `${this.connections.arn}/index/${Tables.connectionsIndexName}`;
  }
}
