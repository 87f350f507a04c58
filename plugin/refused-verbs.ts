import type { Context } from './context';
import { problem } from './problem';

interface Refused {
  readonly why: string;
  /** What to run instead, after `npx sls`. */
  readonly instead: string;
  readonly purpose: string;
  /** Refused only at a stage with its own endpoint. On AWS the framework does it. */
  readonly onlyAtOwnEndpoint?: boolean;
}

/**
 * The framework's verbs that cannot do here what they say, with what to use instead. The table of docs/operations.md,
 * "The framework's verbs", has the same.
 */
export const refusedVerbs: Readonly<Record<string, Refused>> = {
  'invoke local': {
    why: "a function needs its role and the values that CloudFormation gives it, and your machine's process has neither",
    instead: 'invoke -f tester',
    purpose: 'invokes the deployed function',
  },
  'rollback function': {
    why: 'functions have no versions (provider.versionFunctions in serverless.yml)',
    instead: 'rollback --timestamp <one of deploy list>',
    purpose: 'brings the whole stack back',
  },
  metrics: {
    why: "this stage's endpoint does not keep the metrics that it reads",
    instead: 'logs -f tester',
    purpose: 'shows each call; the tester\'s metrics are in the dashboard "Stack health"',
    onlyAtOwnEndpoint: true,
  },
};

/** Throws a Problem for a verb of the framework that cannot do here what it says. */
export function assertNotRefused(context: Context, verb: string): void {
  const refused = refusedVerbs[verb];
  if (!refused || (refused.onlyAtOwnEndpoint && !context.endpoint)) return;
  throw problem(
    'VerbRefused',
    `\`sls ${verb}\` does not work here: ${refused.why}. Use \`${context.command(refused.instead)}\`, which ${refused.purpose} (docs/operations.md, "The framework's verbs"). Nothing was changed.`,
  );
}
