import type { ConsumedCapacity, DynamoDBClient, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-dynamodb';

/** The commands that a client performs from now on, each once however often the SDK repeats it. */
export function recordCommands(client: Pick<DynamoDBClient, 'middlewareStack'>): string[] {
  const commands: string[] = [];
  client.middlewareStack.add(
    (next, context) => async (args) => {
      commands.push(String(context.commandName).replace(/Command$/, ''));
      return next(args);
    },
    { step: 'initialize', name: 'recordCommands' },
  );
  return commands;
}

/**
 * From now on every request is performed, but the answer to the first attempt of each call is lost on the way, so
 * that the SDK repeats it by itself.
 * @returns how many attempts were made
 */
export function loseFirstAnswers(client: DynamoDBClient): { attempts: number } {
  const seen = { attempts: 0 };
  client.middlewareStack.add(
    (next) => {
      let isFirst = true;
      return async (args) => {
        seen.attempts++;
        const result = await next(args);
        if (!isFirst) return result;
        isFirst = false;
        throw networkError('ECONNRESET');
      };
    },
    // After the retry middleware, so once for each attempt; before the parser's result goes back to it.
    { step: 'finalizeRequest', priority: 'low', name: 'loseFirstAnswers' },
  );
  return seen;
}

/** A call and the capacity that DynamoDB says it took, of tables and indexes together. */
export interface MeteredCall {
  readonly command: string;
  readonly units: number;
  /** Of its indexes alone. */
  readonly indexUnits: number;
}

/** Asks for the consumed capacity of each call from now on. @returns what came */
export function meterCapacity(client: DynamoDBClient): MeteredCall[] {
  const calls: MeteredCall[] = [];
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'INDEXES' } });
      const { ConsumedCapacity: given = [] } = answer.output as {
        ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[];
      };
      const tables = [given].flat();
      const sum = (numbers: (number | undefined)[]) =>
        numbers.reduce<number>((total, units) => total + (units ?? 0), 0);
      calls.push({
        command: String(context.commandName).replace(/Command$/, ''),
        units: sum(tables.map(({ CapacityUnits }) => CapacityUnits)),
        indexUnits: sum(
          tables.flatMap(({ GlobalSecondaryIndexes = {} }) =>
            Object.values(GlobalSecondaryIndexes).map(({ CapacityUnits }) => CapacityUnits),
          ),
        ),
      });
      return answer;
    },
    { step: 'initialize', name: 'meterCapacity' },
  );
  return calls;
}

/** Answers commands before they are sent. @param answer the output, an error to throw, or undefined to go on */
export function intercept(
  client: DynamoDBClient,
  answer: (command: string, input: ServiceInputTypes) => object | Error | undefined,
): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const faked = answer(String(context.commandName).replace(/Command$/, ''), args.input);
      if (faked instanceof Error) throw faked;
      return faked === undefined
        ? next(args)
        : { response: {}, output: { $metadata: {}, ...faked } as ServiceOutputTypes };
    },
    { step: 'initialize', name: 'intercept' },
  );
}

/** What Node.js throws for a connection that broke. */
export const networkError = (code: string): Error => Object.assign(new Error(`simulated ${code}`), { code });
