import { APIGatewayClient, GetAccountCommand } from '@aws-sdk/client-api-gateway';
import { DescribeEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { explain, isMissing, type Known, orUnknown } from './errors.ts';
import { type QuotaName, quotas } from './quotas.ts';

/** What AWS says of an account in one Region. */
export interface Account {
  readonly id: string;
  readonly caller: string;
  readonly quotas: Readonly<Record<QuotaName, Known<number>>>;
  readonly lambda: Known<{ readonly concurrency: number; readonly unreserved: number }>;
  /** What functions of the environment have reserved already. */
  readonly reserved: Known<number>;
  readonly apiGateway: Known<{ readonly rate: number; readonly burst: number; readonly loggingRole: string }>;
  /** Whether the bus of the lifecycle events is there. */
  readonly hasEventBus: Known<boolean>;
  /** State of the environment's own key; undefined: it names none. */
  readonly key: Known<string> | undefined;
}

export interface AskOptions {
  readonly region: string;
  readonly functionNames: readonly string[];
  readonly kmsKeyArn: string;
  readonly eventBusName: string;
}

/** Asks AWS. @throws {Error} with one line: no credentials, refused ones, or AWS cannot be reached */
export async function askAccount({ region, functionNames, kmsKeyArn, eventBusName }: AskOptions): Promise<Account> {
  const options = { region, maxAttempts: 3 };
  const identity = await new STSClient(options).send(new GetCallerIdentityCommand()).catch((error: unknown) => {
    throw new Error(explain(error, region), { cause: error });
  });
  const lambdaClient = new LambdaClient(options);
  const serviceQuotas = new ServiceQuotasClient(options);
  const [asked, lambda, reserved, apiGateway, hasEventBus, key] = await Promise.all([
    Promise.all(
      Object.entries(quotas).map(async ([name, { service, code }]) => [
        name,
        await askQuota(serviceQuotas, service, code),
      ]),
    ),
    orUnknown('lambda:GetAccountSettings', async () => {
      const { AccountLimit } = await lambdaClient.send(new GetAccountSettingsCommand());
      return {
        concurrency: AccountLimit?.ConcurrentExecutions ?? 0,
        unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? 0,
      };
    }),
    orUnknown('lambda:GetFunctionConcurrency', async () => {
      const each = functionNames.map(async (FunctionName) => reservationOf(lambdaClient, FunctionName));
      return (await Promise.all(each)).reduce((sum, value) => sum + value, 0);
    }),
    orUnknown('apigateway:GET on /account', async () => {
      const { throttleSettings, cloudwatchRoleArn } = await new APIGatewayClient(options).send(new GetAccountCommand());
      return {
        rate: throttleSettings?.rateLimit ?? 0,
        burst: throttleSettings?.burstLimit ?? 0,
        loggingRole: cloudwatchRoleArn ?? '',
      };
    }),
    orUnknown('events:DescribeEventBus', () => isBusThere(new EventBridgeClient(options), eventBusName)),
    kmsKeyArn === '' ? undefined : orUnknown('kms:DescribeKey', () => stateOfKey(new KMSClient(options), kmsKeyArn)),
  ]);
  return {
    id: String(identity.Account),
    caller: String(identity.Arn),
    quotas: Object.fromEntries(asked) as Account['quotas'],
    lambda,
    reserved,
    apiGateway,
    hasEventBus,
    key,
  };
}

/** The quota of the account, or AWS's default where nothing was ever raised. */
const askQuota = (client: ServiceQuotasClient, ServiceCode: string, QuotaCode: string): Promise<Known<number>> =>
  orUnknown('servicequotas:GetServiceQuota', async () => {
    const input = { ServiceCode, QuotaCode };
    const { Quota } = await client.send(new GetServiceQuotaCommand(input)).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
      return client.send(new GetAWSDefaultServiceQuotaCommand(input));
    });
    if (Quota?.Value === undefined) throw new Error(`${ServiceCode} ${QuotaCode} has no value`);
    return Quota.Value;
  });

async function reservationOf(client: LambdaClient, FunctionName: string): Promise<number> {
  try {
    const { ReservedConcurrentExecutions } = await client.send(new GetFunctionConcurrencyCommand({ FunctionName }));
    return ReservedConcurrentExecutions ?? 0;
  } catch (error) {
    if (isMissing(error)) return 0; // the environment is not there yet
    throw error;
  }
}

async function isBusThere(client: EventBridgeClient, Name: string): Promise<boolean> {
  try {
    await client.send(new DescribeEventBusCommand({ Name }));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function stateOfKey(client: KMSClient, KeyId: string): Promise<string> {
  try {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
    return String(KeyMetadata?.KeyState);
  } catch (error) {
    if (isMissing(error)) return 'missing';
    throw error;
  }
}
