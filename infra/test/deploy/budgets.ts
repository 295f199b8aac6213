import { type Answer, reply } from './api-gateway-answers.ts';

interface Notification {
  readonly NotificationType: string;
  readonly Threshold: number;
}
interface Request {
  readonly Budget?: { readonly BudgetName: string };
  readonly BudgetName?: string;
  readonly ResourceARN?: string;
  readonly ResourceTags?: readonly unknown[];
  readonly Notification?: Notification;
  readonly Subscribers?: readonly unknown[];
  readonly NotificationsWithSubscribers?: readonly {
    readonly Notification: Notification;
    readonly Subscribers: readonly unknown[];
  }[];
}

/** What moto has not got of AWS Budgets: the subscribers of a notification, and tags. */
export class Budgets {
  readonly #subscribers = new Map<string, readonly unknown[]>();
  /** By the budget's name. */
  readonly #tags = new Map<string, readonly unknown[]>();

  /** Looks at a request before moto does. @returns the answer, if moto has none */
  answer(target: string, body: string): Answer | undefined {
    const [service, operation] = target.split('.');
    if (service !== 'AWSBudgetServiceGateway') return undefined;
    const request: Request = JSON.parse(body);
    const { Budget, BudgetName = Budget?.BudgetName ?? '', Notification, Subscribers = [] } = request;
    const key = ({ NotificationType, Threshold }: Notification) => `${BudgetName} ${NotificationType} ${Threshold}`;
    if (operation === 'CreateBudget') {
      this.#tags.set(BudgetName, request.ResourceTags ?? []);
      for (const each of request.NotificationsWithSubscribers ?? []) {
        this.#subscribers.set(key(each.Notification), each.Subscribers);
      }
    }
    if (operation === 'CreateNotification' && Notification) this.#subscribers.set(key(Notification), Subscribers);
    if (operation === 'DescribeSubscribersForNotification' && Notification) {
      return reply(200, { Subscribers: this.#subscribers.get(key(Notification)) ?? [] });
    }
    if (operation !== 'ListTagsForResource') return undefined;
    const name = request.ResourceARN?.split('budget/').at(-1) ?? '';
    return reply(200, { ResourceTags: this.#tags.get(name) ?? [] });
  }
}
