/** An event as EventBridge delivers it, as far as the example looks at it. */
export interface LifecycleBusEvent {
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, unknown>>;
}
export interface SessionView {
  readonly sessionId: string;
  readonly createdAt: number;
  readonly state: 'unknown' | 'scheduled' | 'active' | 'interrupted' | 'ended';
  readonly revision: number;
  readonly languages: Readonly<Record<string, number>>;
}
export declare function createSessionsView(nowMs?: () => number): {
  apply(event: LifecycleBusEvent): SessionView | undefined;
  open(): SessionView[];
};
