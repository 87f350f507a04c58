/**
 * The init container's program: writes the configuration of the other container. Its text is in the task definition
 * (`node -e`), so it has no dependencies.
 *   FILES        JSON, path → text. In both ${NAME} is the environment variable, ${NAME:-default} has a default.
 *   DIRECTORIES  JSON, directories to make. Variables are replaced in them too.
 *   OWNER        uid:gid that owns both when this runs as root (a new task volume belongs to root).
 * TASK_ID is the ECS task id from the task metadata endpoint, read only if a file uses it.
 */
const fs = require('node:fs');
const path = require('node:path');

async function main(env) {
  const files = parse(env, 'FILES', {});
  const directories = parse(env, 'DIRECTORIES', []);
  const wantsTaskId = JSON.stringify([files, directories]).includes('{TASK_ID');
  const values =
    wantsTaskId && !env.TASK_ID ? { ...env, TASK_ID: await taskId(env.ECS_CONTAINER_METADATA_URI_V4) } : env;
  // Replaces everything before writing anything, so that a missing variable leaves no partial configuration.
  const rendered = Object.entries(files).map(([file, text]) => [
    expand(file, values, 'FILES'),
    expand(text, values, file),
  ]);
  const made = directories.map((each) => expand(each, values, 'DIRECTORIES'));
  for (const directory of [...made, ...rendered.map(([file]) => path.dirname(file))])
    fs.mkdirSync(directory, { recursive: true });
  for (const [file, text] of rendered) fs.writeFileSync(file, text);
  for (const each of [...made, ...rendered.flatMap(([file]) => [path.dirname(file), file])]) own(each, env.OWNER);
  console.log(`render: wrote ${rendered.map(([file]) => file).join(', ') || 'no file'}`);
}

function parse(env, name, otherwise) {
  try {
    return env[name] ? JSON.parse(env[name]) : otherwise;
  } catch (error) {
    throw new Error(`${name} is not JSON: ${error.message}`);
  }
}

function expand(text, values, where) {
  return text.replace(/\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g, (_, name, otherwise) => {
    const value = values[name] || (otherwise ?? values[name]);
    if (value === undefined) throw new Error(`${where} wants the environment variable ${name}, which is not set`);
    return value;
  });
}

async function taskId(uri) {
  if (!uri)
    throw new Error('TASK_ID is wanted, but there is no task metadata endpoint (ECS_CONTAINER_METADATA_URI_V4)');
  const response = await fetch(`${uri}/task`, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`the task metadata endpoint answered ${response.status}`);
  return (await response.json()).TaskARN.split('/').pop();
}

function own(file, owner) {
  const [uid, gid] = (owner ?? '').split(':').map(Number);
  // aws-facts: task-volumes-are-roots
  if (owner && process.getuid() === 0) fs.chownSync(file, uid, gid);
}

main(process.env).catch((error) => {
  console.error(`render: ${error.message}`);
  process.exitCode = 1;
});
