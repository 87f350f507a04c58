import type { Command, CommandOption } from './serverless';

const json: CommandOption = {
  type: 'boolean',
  usage: 'Print the result as one JSON document on stdout, and nothing else there. Default: lines for people',
};

/** The verbs that this plugin adds, and the options that it adds to the framework's own. */
export const commands: Readonly<Record<string, Command>> = {
  setup: {
    usage: 'Run the setup of the Grafana workspace again and watch it (idempotent)',
    lifecycleEvents: ['setup'],
    options: {
      watch: { type: 'string', usage: 'ARN of an execution that is under way: follow it. Default: start one' },
      verify: {
        type: 'boolean',
        usage: 'Change nothing and report drift. Exit code 4 when something differs. Default: apply what differs',
      },
      drill: { type: 'boolean', usage: 'Make a real alert fire, arrive and resolve; takes minutes. Default: no' },
      detach: { type: 'boolean', usage: 'Start the execution, print its ARN and return. Default: watch until it ends' },
      json,
    },
  },
  report: {
    usage: 'Download the last audit report and open it',
    lifecycleEvents: ['report'],
    options: {
      output: {
        type: 'string',
        usage: 'File to write the HTML page to. Default: .serverless/report-<execution>.html',
        shortcut: 'o',
      },
      run: { type: 'string', usage: 'Name of the run, as --list shows it. Default: the last setup' },
      list: { type: 'boolean', usage: 'List the last runs instead. Default: no' },
      open: {
        type: 'boolean',
        usage: 'Open it in the browser. Default: only on a terminal; --no-open to only download',
      },
      json: { type: 'boolean', usage: 'Print the report as JSON on stdout. Default: write the page' },
    },
  },
  diff: {
    usage: 'Show what the next deploy would change in the template and in the workspace',
    lifecycleEvents: ['diff'],
    options: {
      workspace: {
        type: 'boolean',
        usage:
          'Look at the workspace too (runs the setup without changing anything). Default: yes; --no-workspace to leave it out',
      },
      json,
    },
  },
  services: {
    usage: 'Show the services of services.yml: when each signal was last seen, rate, errors, 95th percentile',
    lifecycleEvents: ['services'],
    options: { json },
  },
  attach: {
    usage:
      'Print what a service needs to join: environment, security group, policy, entry for services.yml (changes nothing)',
    lifecycleEvents: ['attach'],
    options: {
      name: {
        type: 'string',
        usage: "The service's name, its service.name; may stand right behind the verb. Default: none, it is required",
        shortcut: 'n',
      },
      kind: { type: 'string', usage: 'What it runs on: ecs, lambda, eks or other. Default: other' },
      json,
    },
  },
  diagnose: {
    usage:
      'Look for what would stop a deploy, or for the cause of what went wrong, with its remedy. Exit code 7 when something is found',
    lifecycleEvents: ['diagnose'],
    options: { json },
  },
  cost: {
    usage: 'Count what the deployed stack has and does now, and what it costs a month at this rate',
    lifecycleEvents: ['cost'],
    options: { json },
  },
  deploy: {
    usage: 'Deploy the stack, then set the workspace up and watch it',
    options: {
      setup: { type: 'boolean', usage: 'Run the setup after the deployment. Default: yes; --no-setup to leave it out' },
      watch: {
        type: 'boolean',
        usage: 'Watch the setup until it ends. Default: yes; --no-watch to start it and return',
      },
    },
  },
  // Not verbs: entry points that replace a part of a framework verb.
  infoAsJson: { type: 'entrypoint', usage: '', lifecycleEvents: ['print'] },
  nothingToRemove: { type: 'entrypoint', usage: '', lifecycleEvents: [] },
  info: { usage: 'Show the stack, its URLs, the workspace and the last setup', options: { json } },
  invoke: { usage: 'Invoke a function', options: { json } },
  remove: {
    usage: 'Delete the workspace, empty the buckets and delete the stack',
    options: {
      yes: { type: 'boolean', usage: 'Delete data without asking (for scripts). Default: ask', shortcut: 'y' },
    },
  },
};
