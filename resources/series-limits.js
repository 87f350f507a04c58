/**
 * AMP's limits of active series by label set: one for each service, by the label `job` of its metrics. Without `seriesLimit` there is none.
 */
const { attachedServices } = require('../params');

/** The data processor's scrape job (resources/config/prometheus.yaml). */
const OWN_JOB = 'data-processor';

/** `${file(resources/series-limits.js):limits}` */
exports.limits = async (variables) => {
  const limit = Number(await variables.resolveVariable('param:seriesLimit'));
  if (limit === 0) return { Ref: 'AWS::NoValue' };
  const attached = await attachedServices(variables);
  return [OWN_JOB, ...attached.map(({ name }) => name)].map((job) => ({
    LabelSet: [{ Name: 'job', Value: job }],
    Limits: { MaxSeries: limit },
  }));
};
