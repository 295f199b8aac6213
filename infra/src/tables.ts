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
 * The three tables. Each expires its items by a TTL attribute, which holds epoch seconds.
 *
 * The index over connections is sparse (only a listener has a target language, so it holds exactly the live
 * listeners). Besides keys it has `role`, for those who filter by it: a role never changes, so that a heartbeat writes
 * nothing to the index.
 */
export class Tables extends Construct {
  static readonly connectionsIndexName = 'sessionId-targetLanguage-index';

  readonly sessions: DynamodbTable;
  readonly connections: DynamodbTable;
  readonly rateLimits: DynamodbTable;

  constructor(scope: Construct, id: string, { namePrefix, isProtected }: TablesProps) {
    super(scope, id);

    const table = (
      tableId: string,
      hashKey: string,
      ttlAttribute: string,
      more: Pick<DynamodbTableConfig, 'attribute' | 'globalSecondaryIndex'> = {},
    ) =>
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

    // Not by `expiresAt`: the platform must not delete a session before the sweeper has ended it and told its listeners.
    this.sessions = table('sessions', 'sessionId', 'ttl');
    this.connections = table('connections', 'connectionId', 'ttl', {
      attribute: ['connectionId', 'sessionId', 'targetLanguage'].map((name) => ({ name, type: 'S' })),
      globalSecondaryIndex: [
        {
          name: Tables.connectionsIndexName,
          hashKey: 'sessionId',
          rangeKey: 'targetLanguage',
          projectionType: 'INCLUDE',
          nonKeyAttributes: ['role'],
        },
      ],
    });
    this.rateLimits = table('rate-limits', 'identifier', 'expiresAt');
  }

  /** What other systems need to know of the tables. */
  get outputs(): Record<string, Output> {
    const table = (name: string, of: string, { name: value, arn }: DynamodbTable): Record<string, Output> => ({
      [`${name}_table_name`]: { value, description: `DynamoDB table of ${of}.` },
      [`${name}_table_arn`]: { value: arn, description: `ARN of the table of ${of}.` },
    });
    return {
      ...table('sessions', 'sessions', this.sessions),
      ...table('connections', 'connections', this.connections),
      connections_index_name: {
        value: Tables.connectionsIndexName,
        description: 'Index of the live listeners by session.',
      },
      connections_index_arn: { value: this.connectionsIndexArn, description: 'ARN of that index.' },
      ...table('rate_limits', 'rate limits', this.rateLimits),
    };
  }

  /** The ARN that a policy names for queries of the connections' index. */
  get connectionsIndexArn(): string {
    return `${this.connections.arn}/index/${Tables.connectionsIndexName}`;
  }
}
