/**
 * serverless.yml's list of functions, and their roles: a folder with a `function.yml` is a function, `take-lock` is
 * `takeLock`. `function.yml` has what differs: `function` (the framework's settings, without handler and role),
 * `permissions` (IAM statements besides the function's own log group) and `resources` (CloudFormation resources that
 * only it uses). The last two are optional.
 */
const { existsSync, readdirSync } = require('node:fs');
const path = require('node:path');

const folders = readdirSync(__dirname).filter((name) => existsSync(path.join(__dirname, name, 'function.yml')));

const pascalCase = (folder) => folder.replace(/(?:^|-)([a-z])/g, (_, letter) => letter.toUpperCase());
const nameOf = (folder) => folder.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
const roleOf = (folder) => `${pascalCase(folder)}Role`;

/** Only Lambda may assume a function's role. */
const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

/** The function's log group, which the framework creates. */
const writeLog = (folder) => ({
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: {
    'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/\${self:custom.stack}-${nameOf(folder)}:*`,
  },
});

/** One entry of each folder's function.yml, by folder. The framework resolves the file's variables. */
async function read(key, resolveVariable) {
  const values = folders.map(async (folder) => [
    folder,
    await resolveVariable(`file(functions/${folder}/function.yml):${key}, null`),
  ]);
  return Promise.all(values);
}

/** The functions' names. The plugin needs them before the framework has resolved the list. */
exports.names = folders.map(nameOf);

/** `${file(functions/index.js):functions}` */
exports.functions = async ({ resolveVariable }) =>
  Object.fromEntries(
    (await read('function', resolveVariable)).map(([folder, settings]) => [
      nameOf(folder),
      {
        handler: `functions/${folder}/handler.handler`,
        role: { 'Fn::GetAtt': [roleOf(folder), 'Arn'] },
        ...settings,
      },
    ]),
  );

/** `${file(functions/index.js):resources}`: a role for each function, and what else its function.yml has. */
exports.resources = async ({ resolveVariable }) => {
  const roles = (await read('permissions', resolveVariable)).map(([folder, permissions]) => [
    roleOf(folder),
    {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: trust,
        Policies: [
          {
            PolicyName: 'function',
            PolicyDocument: { Version: '2012-10-17', Statement: [writeLog(folder), ...(permissions ?? [])] },
          },
        ],
      },
    },
  ]);
  const others = (await read('resources', resolveVariable)).map(([, resources]) => resources ?? {});
  return { Resources: Object.assign(Object.fromEntries(roles), ...others) };
};

exports.folders = folders;
exports.pascalCase = pascalCase;
