import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An account as AWS would describe it to the preflight. */
export interface FakeAccountOptions {
  readonly concurrency?: number;
  readonly unreserved?: number;
  readonly rate?: number;
  readonly burst?: number;
  readonly loggingRole?: string;
  /** By code; the others have AWS's default. */
  readonly quotas?: Readonly<Record<string, number>>;
  /** By function name. */
  readonly reserved?: Readonly<Record<string, number>>;
  readonly keyState?: string;
  /** Besides `default`. */
  readonly eventBuses?: readonly string[];
  /** Names of operations that are refused for want of a permission. */
  readonly denied?: readonly string[];
  /** The code of the error that STS gives. */
  readonly stsError?: string;
}

export interface FakeAccount {
  readonly url: string;
  /** The actions that IAM would have been asked about, each once. */
  readonly actions: ReadonlySet<string>;
  stop(): Promise<void>;
}

const defaults: Readonly<Record<string, number>> = {
  'L-B99A9384': 1000,
  'L-8A5B8E43': 10_000,
  'L-9ED1E49A': 500,
  'L-01C8A9E0': 300,
  'L-A93447B8': 120,
  'L-F98FE922': 2500,
  'L-AB614373': 40_000,
  'L-66E6DF30': 1000,
};

class Refused extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/** Speaks STS, Service Quotas, Lambda, API Gateway, EventBridge and KMS, as far as the preflight asks them. */
export async function startFakeAccount(options: FakeAccountOptions = {}): Promise<FakeAccount> {
  const actions = new Set<string>();
  const server = createServer(async (request, response) => {
    const body = await text(request);
    try {
      const { type, content } = answer(request, body, options, actions);
      response.writeHead(200, { 'content-type': type }).end(content);
    } catch (error) {
      const { status, code } = error instanceof Refused ? error : { status: 500, code: String(error) };
      const isXml = code === options.stsError;
      const xml = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${code}</Message></Error></ErrorResponse>`;
      response.writeHead(status, { 'content-type': isXml ? 'text/xml' : 'application/json', 'x-amzn-errortype': code });
      response.end(isXml ? xml : JSON.stringify({ __type: code, message: `not authorized: ${code}` }));
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    actions,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

interface Content {
  readonly type: string;
  readonly content: string;
}

const json = (value: unknown): Content => ({ type: 'application/json', content: JSON.stringify(value) });

/** Of the calls that need a permission. */
const actionsByOperation: readonly [RegExp, string][] = [
  [/^GetServiceQuota$/, 'servicequotas:GetServiceQuota'],
  [/^GetAWSDefaultServiceQuota$/, 'servicequotas:GetAWSDefaultServiceQuota'],
  [/account-settings$/, 'lambda:GetAccountSettings'],
  [/\/concurrency$/, 'lambda:GetFunctionConcurrency'],
  [/^GET \/account$/, 'apigateway:GET'],
  [/^DescribeKey$/, 'kms:DescribeKey'],
  [/^DescribeEventBus$/, 'events:DescribeEventBus'],
];

function answer(request: IncomingMessage, body: string, options: FakeAccountOptions, actions: Set<string>): Content {
  const target = String(request.headers['x-amz-target'] ?? '')
    .split('.')
    .at(-1);
  const operation = target || /Action=(\w+)/.exec(body)?.[1] || `${request.method} ${request.url?.split('?')[0]}`;
  const action = actionsByOperation.find(([form]) => form.test(operation))?.[1];
  if (action !== undefined) actions.add(action);
  if (options.denied?.some((each) => operation.includes(each))) throw new Refused(400, 'AccessDeniedException');
  const reserved = /functions\/([^/]+)\/concurrency/.exec(operation)?.[1];
  if (reserved !== undefined) return reservation(options.reserved?.[reserved]);
  const { QuotaCode } = body.startsWith('{') ? JSON.parse(body) : {};
  switch (operation) {
    case 'GetCallerIdentity':
      if (options.stsError) throw new Refused(403, options.stsError);
      return {
        type: 'text/xml',
        content:
          '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/anna</Arn><UserId>A</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
      };
    case 'GetServiceQuota':
      // AWS knows only those that were changed once.
      if (options.quotas?.[QuotaCode] === undefined) throw new Refused(400, 'NoSuchResourceException');
      return json({ Quota: { QuotaCode, Value: options.quotas[QuotaCode] } });
    case 'GetAWSDefaultServiceQuota':
      if (defaults[QuotaCode] === undefined) throw new Refused(400, 'NoSuchResourceException');
      return json({ Quota: { QuotaCode, Value: defaults[QuotaCode] } });
    case 'GET /2016-08-19/account-settings': {
      const { concurrency = 1000, unreserved = concurrency } = options;
      return json({ AccountLimit: { ConcurrentExecutions: concurrency, UnreservedConcurrentExecutions: unreserved } });
    }
    case 'GET /account': {
      const { rate = 10_000, burst = 5_000, loggingRole } = options;
      return json({ throttleSettings: { rateLimit: rate, burstLimit: burst }, cloudwatchRoleArn: loggingRole });
    }
    case 'DescribeEventBus': {
      const { Name } = JSON.parse(body) as { Name: string };
      if (!['default', ...(options.eventBuses ?? [])].includes(Name))
        throw new Refused(400, 'ResourceNotFoundException');
      return json({ Name });
    }
    case 'DescribeKey':
      if (options.keyState === undefined) throw new Refused(400, 'NotFoundException');
      return json({ KeyMetadata: { KeyId: 'x', KeyState: options.keyState } });
    default:
      throw new Refused(404, `UnknownOperation ${operation}`);
  }
}

function reservation(value: number | undefined): Content {
  if (value === undefined) throw new Refused(404, 'ResourceNotFoundException');
  return json({ ReservedConcurrentExecutions: value });
}
