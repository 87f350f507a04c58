import type { Json } from '../../kernel/contracts';

/** One event in the shape of GetExecutionHistory; `details` goes under the event type's own member. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: Date;
  readonly type: string;
  readonly details?: EventDetails;
}

export type EventDetails = Readonly<Record<string, Json | undefined>>;

/** The id of the last event on one path. Each branch or iteration has its own, from which previousEventId is set. */
export interface Trail {
  last: number;
}

export class History {
  private readonly list: HistoryEvent[] = [];
  private readonly listeners: ((event: HistoryEvent) => void)[] = [];

  constructor(private readonly now: () => Date) {}

  get events(): readonly HistoryEvent[] {
    return this.list;
  }

  onEvent(listener: (event: HistoryEvent) => void): void {
    this.listeners.push(listener);
  }

  /** Adds an event after the trail's last one and moves the trail to it; returns its id (from 1). */
  record(trail: Trail, type: string, details?: EventDetails): number {
    const event: HistoryEvent = {
      id: this.list.length + 1,
      previousEventId: trail.last,
      timestamp: this.now(),
      type,
      ...(details === undefined ? {} : { details }),
    };
    this.list.push(event);
    trail.last = event.id;
    for (const listener of this.listeners) listener(event);
    return event.id;
  }
}

/** The member of a HistoryEvent that holds its details: `TaskStateEntered` → `stateEnteredEventDetails`. */
export function detailsMember(type: string): string {
  if (/StateEntered$/.test(type)) return 'stateEnteredEventDetails';
  if (/StateExited$/.test(type)) return 'stateExitedEventDetails';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}
