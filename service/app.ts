/** The routes, in the order in which a request meets them. */
import express, { type Express } from 'express';
import type { ServiceConfig } from './config';
import { Problem } from './domain/problem';
import { admit } from './http/admission';
import { answerFailure } from './http/failure';
import { allowOnly } from './http/methods';
import { observe } from './http/observe';
import { answerSpecialTargets } from './http/request-target';
import { ByteBudget } from './memory/byte-budget';
import type { Metrics } from './metrics/metrics';
import { getData, postData } from './routes/data';
import { injectFault } from './routes/fault';
import { sendMetrics } from './routes/metrics';
import { getHealth, getReady } from './routes/probes';
import type { ObjectStore } from './storage/object-store';
import type { Logger } from './telemetry/logger';

export interface AppDependencies {
  readonly config: Pick<ServiceConfig, 'limits' | 'faultSwitch'> & { readonly storage: { readonly keyPrefix: string } };
  readonly store: ObjectStore;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly isStopping: () => boolean;
}

export function createApp({ config, store, metrics, logger, isStopping }: AppDependencies): Express {
  const app = express();
  // Paths match exactly (/DATA is not /data), and no header names the framework.
  app.enable('case sensitive routing').enable('strict routing').disable('x-powered-by').disable('etag');

  const budget = new ByteBudget(config.limits.maxBytesInFlight, (held) => metrics.bytesInFlight(held));
  app.use(observe({ budget, metrics, logger }, config.limits));
  app.use(answerSpecialTargets('GET, HEAD, POST'));
  app.use(admit(config.limits.maxInFlight, budget, metrics));

  app.route('/health').get(getHealth()).all(allowOnly('GET', 'HEAD'));
  app.route('/ready').get(getReady({ store, logger, isStopping })).all(allowOnly('GET', 'HEAD'));
  app
    .route('/metrics')
    .get((_req, res) => sendMetrics(metrics, res))
    .all(allowOnly('GET', 'HEAD'));

  if (config.faultSwitch) app.use(injectFault());
  const routes = { store, metrics, limits: config.limits, keyPrefix: config.storage.keyPrefix };
  app.route('/data').post(postData(routes)).all(allowOnly('POST'));
  app.route('/data/*key').get(getData(routes)).all(allowOnly('GET', 'HEAD'));

  app.use(() => {
    throw new Problem('not-found', 'There is no such path. docs/service.md lists the paths.');
  });
  app.use(answerFailure(logger));
  return app;
}
