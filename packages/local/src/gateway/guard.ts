import { reportErrorTo } from './context.ts';
import type { GatewayOptions } from './options.ts';

/** The hooks, such that one that throws is reported, and changes nothing: they are called in the middle of events. */
export function guardHooks(options: GatewayOptions): GatewayOptions {
  const guard =
    <Given, Result>(hook: (given: Given) => Result, otherwise: Result) =>
    (given: Given): Result => {
      try {
        return hook(given);
      } catch (error) {
        reportErrorTo(options, error);
        return otherwise;
      }
    };
  const { onConnection, onRefusal, onMessage, onManagement, onDisconnect, onDisconnectDelivered } = options;
  const { deliverDisconnect } = options;
  return {
    ...options,
    ...(onConnection && { onConnection: guard(onConnection, undefined) }),
    ...(onRefusal && { onRefusal: guard(onRefusal, undefined) }),
    ...(onMessage && { onMessage: guard(onMessage, undefined) }),
    ...(onManagement && { onManagement: guard(onManagement, undefined) }),
    ...(onDisconnect && { onDisconnect: guard(onDisconnect, undefined) }),
    ...(onDisconnectDelivered && { onDisconnectDelivered: guard(onDisconnectDelivered, undefined) }),
    ...(deliverDisconnect && { deliverDisconnect: guard(deliverDisconnect, 'deliver') }),
  };
}
