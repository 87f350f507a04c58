import { AlertEngine } from './alerting/engine';
import type { WorkspaceOptions } from './contracts';
import { WorkspaceState } from './workspace-state';

/** One workspace's Grafana: its state, and the engine that evaluates its alert rules. */
export class Grafana extends WorkspaceState {
  readonly engine: AlertEngine;

  constructor(options: WorkspaceOptions) {
    super(options);
    this.engine = new AlertEngine(this);
  }
}
