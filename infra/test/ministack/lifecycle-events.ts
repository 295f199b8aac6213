import {
  DeleteRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import type { Clients } from '../deploy/clients.ts';

const name = 'lifecycle-events';

export interface LifecycleEvent {
  readonly 'detail-type': string;
  readonly source: string;
  readonly detail: { readonly sessionId: string; readonly revision: number };
}

/** The events of an environment, as another service subscribes to them: a rule that puts them into a queue. */
export class LifecycleEvents {
  readonly #clients: Clients;
  readonly #queueUrl: string;

  private constructor(clients: Clients, queueUrl: string) {
    this.#clients = clients;
    this.#queueUrl = queueUrl;
  }

  static async subscribe(clients: Clients, environment: string): Promise<LifecycleEvents> {
    const { eventBridge, sqs } = clients;
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    const EventPattern = JSON.stringify({ source: [`sessions.${environment}`] });
    await eventBridge.send(new PutRuleCommand({ Name: name, EventPattern }));
    await eventBridge.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: name, Arn: Attributes?.QueueArn }] }));
    return new LifecycleEvents(clients, String(QueueUrl));
  }

  /** Waits until a session has had an event of each of these types; drops what others had. @returns its events */
  async until(sessionId: string, types: readonly string[]): Promise<LifecycleEvent[]> {
    const events: LifecycleEvent[] = [];
    while (!types.every((type) => events.some((event) => event['detail-type'] === type))) {
      const received = (await receive(this.#clients, this.#queueUrl)) as LifecycleEvent[];
      events.push(...received.filter(({ detail }) => detail.sessionId === sessionId));
    }
    return events;
  }

  async unsubscribe(): Promise<void> {
    const { eventBridge, sqs } = this.#clients;
    await eventBridge.send(new RemoveTargetsCommand({ Rule: name, Ids: [name] }));
    await eventBridge.send(new DeleteRuleCommand({ Name: name }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl: this.#queueUrl }));
  }
}

/** Takes messages out of a queue, waiting up to 20 s for the first. @returns their bodies */
export async function receive({ sqs }: Clients, QueueUrl: string): Promise<unknown[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }),
  );
  for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages.map(({ Body }) => JSON.parse(String(Body)));
}
