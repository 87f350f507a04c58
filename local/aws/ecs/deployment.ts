import { randomInt } from 'node:crypto';
import type { TaskDefinition } from './task-definition';

export type RolloutState = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/** One rollout of a task definition in a service. */
export class Deployment {
  readonly id = `ecs-svc/${String(randomInt(1e14)).padStart(19, '0')}`;
  readonly createdAt: Date;
  updatedAt: Date;
  rolloutState: RolloutState = 'IN_PROGRESS';
  rolloutStateReason: string;
  failedTasks = 0;
  /** Why its last task failed; part of the stack's error. */
  lastFailure: string | undefined;
  /** Resolves when it is COMPLETED; rejects with the reason when it is FAILED. */
  readonly settled: Promise<void>;
  private settle: { resolve: () => void; reject: (error: Error) => void } = {
    resolve: () => undefined,
    reject: () => undefined,
  };

  constructor(
    readonly definition: TaskDefinition,
    private readonly now: () => Date,
  ) {
    this.createdAt = now();
    this.updatedAt = this.createdAt;
    this.rolloutStateReason = `ECS deployment ${this.id} in progress.`;
    this.settled = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    // If nobody awaits `settled`, a failure must not be an unhandled rejection.
    this.settled.catch(() => undefined);
  }

  complete(): void {
    this.move('COMPLETED', `ECS deployment ${this.id} completed.`);
    this.settle.resolve();
  }

  fail(reason: string): void {
    this.move('FAILED', reason);
    this.settle.reject(new Error(`${reason} Last task: ${this.lastFailure ?? 'unknown reason'}`));
  }

  /** Rejects `settled`: a newer deployment has replaced this one. */
  supersede(): void {
    this.settle.reject(new Error(`Deployment ${this.id} was superseded by a newer one.`));
  }

  private move(state: RolloutState, reason: string): void {
    this.rolloutState = state;
    this.rolloutStateReason = reason;
    this.updatedAt = this.now();
  }
}
