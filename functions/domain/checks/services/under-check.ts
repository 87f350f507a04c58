import type { Clock } from '../../clock';
import type { Grafana } from '../../grafana';
import type { ObservedService } from '../../services/observed-service';
import type { Traffic } from '../../traffic';

/** What the checks of one service know. */
export interface ServiceUnderCheck {
  readonly grafana: Grafana;
  readonly service: ObservedService;
  /** The tester's request to it, if it has one. */
  readonly probe: NonNullable<Traffic['probes']>[number] | undefined;
  /** When the tester began to send its requests. */
  readonly since: Date;
  readonly clock: Clock;
  readonly stage: string;
}

/** How far back telemetry counts where there is no probe, in ms. */
export const RECENT_MS = 15 * 60_000;
