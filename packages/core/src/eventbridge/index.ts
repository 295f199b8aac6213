export { createEventBus, type EventBusOptions } from './event-bus.ts';
