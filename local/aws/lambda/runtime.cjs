/**
 * The program of a function's process: loads the handler, then runs one event after the other from the parent.
 * Messages from the parent: {type: 'invoke', requestId, event, deadline, arn}. To the parent: {type: 'ready'},
 * {type: 'init-error', error}, {type: 'result', requestId, payload}, {type: 'error', requestId, error}; each with
 * peakMegabytes. Plain JavaScript, because Node runs it without a build.
 */
'use strict';
const { existsSync, realpathSync } = require('node:fs');
const { createRequire, registerHooks } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { format } = require('node:util');

const taskRoot = realpathSync(process.env.LAMBDA_TASK_ROOT);
const taskRootUrl = pathToFileURL(taskRoot + path.sep).href;
let currentRequestId = '';

confineModules();
stampConsole();
process.on('disconnect', () => process.exit(0));
process.on('unhandledRejection', (reason) => die('Runtime.UnhandledPromiseRejection', reason));
process.on('uncaughtException', (error) => die(error?.name ?? 'Error', error));
start();

async function start() {
  let handler;
  try {
    handler = await loadHandler(process.env._HANDLER);
  } catch (error) {
    await drainOutput('init');
    process.send({ ...memory(), type: 'init-error', error: describe(error) });
    return;
  }
  process.on('message', (message) => {
    if (message.type === 'invoke') invoke(handler, message);
  });
  process.send({ ...memory(), type: 'ready' });
}

async function invoke(handler, message) {
  currentRequestId = message.requestId;
  try {
    const result = await handler(JSON.parse(message.event), contextOf(message));
    const payload = JSON.stringify(result === undefined ? null : result);
    await drainOutput(message.requestId);
    process.send({ ...memory(), type: 'result', requestId: message.requestId, payload });
  } catch (error) {
    const description = describe(error);
    console.error('Invoke Error', JSON.stringify(description));
    await drainOutput(message.requestId);
    process.send({ ...memory(), type: 'error', requestId: message.requestId, error: description });
  }
}

function contextOf(message) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: message.arn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: message.requestId,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, message.deadline - Date.now()),
  };
}

/** Loads `dir/file.export`. Tries .js, .mjs and .cjs in that order, as the Lambda runtime does. */
async function loadHandler(name) {
  const dot = name.indexOf('.', name.lastIndexOf('/') + 1);
  const stem = path.resolve(taskRoot, name.slice(0, dot));
  const file = ['', '.js', '.mjs', '.cjs']
    .map((extension) => stem + extension)
    .find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw named('Runtime.ImportModuleError', new Error(`Error: Cannot find module '${path.basename(stem)}'`));
  }
  const loaded = await loadModule(file);
  const member = name.slice(dot + 1);
  const handler = member.split('.').reduce((value, key) => value?.[key], loaded) ?? loaded.default?.[member];
  if (typeof handler !== 'function') {
    throw named('Runtime.HandlerNotFound', new Error(`${name} is undefined or not exported`));
  }
  if (handler.length >= 3) {
    const text = 'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24.';
    throw named('Runtime.CallbackHandlerDeprecated', new Error(`ERROR: ${text} Use an async function.`));
  }
  return handler;
}

async function loadModule(file) {
  try {
    if (file.endsWith('.mjs')) return await import(pathToFileURL(file).href);
    return createRequire(file)(file);
  } catch (error) {
    if (error?.code === 'ERR_REQUIRE_ASYNC_MODULE') return await import(pathToFileURL(file).href);
    if (error instanceof SyntaxError) throw named('Runtime.UserCodeSyntaxError', error);
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw named('Runtime.ImportModuleError', new Error(`Error: ${error.message}`, { cause: error }));
    }
    throw error;
  }
}

/** Makes a missing package fail, as on AWS: Node would find it in the repository's node_modules above the folder. */
function confineModules() {
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      if (!resolved.url.startsWith('file:') || resolved.url.startsWith(taskRootUrl)) return resolved;
      throw Object.assign(new Error(`Cannot find module '${specifier}'`), { code: 'MODULE_NOT_FOUND' });
    },
  });
}

/** Writes console calls in the text format of the Node.js runtime: time, request id, level, message. */
function stampConsole() {
  const levels = { debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', trace: 'TRACE' };
  for (const [method, level] of Object.entries(levels)) {
    const stream = level === 'ERROR' || level === 'WARN' ? process.stderr : process.stdout;
    console[method] = (...parts) => {
      const text = format(...parts).replaceAll('\n', '\r');
      stream.write(`${new Date().toISOString()}\t${currentRequestId || 'undefined'}\t${level}\t${text}\n`);
    };
  }
}

/** Marks the end of an invocation's output on both streams, so that the parent reads all of it before the result. */
function drainOutput(requestId) {
  const mark = `\u0000end ${requestId}\n`;
  return Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write(mark, resolve))),
  );
}

function describe(error) {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function named(name, error) {
  error.name = name;
  return error;
}

function die(errorType, reason) {
  const error = { ...describe(reason), errorType };
  console.error('Uncaught Exception', JSON.stringify(error));
  drainOutput(currentRequestId).then(() => {
    process.send({ ...memory(), type: 'error', requestId: currentRequestId, error, fatal: true }, () =>
      process.exit(129),
    );
  });
}

/** The process's peak memory, MB; maxRSS is in kilobytes. */
function memory() {
  return { peakMegabytes: Math.ceil(process.resourceUsage().maxRSS / 1024) };
}
