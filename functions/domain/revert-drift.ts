/**
 * How to bring the stack's resources back to what the deployed template declares. A deployment does not: the template is
 * the same. aws-facts: cfn-revert-drift
 */
export function revertDrift(stackName: string): string {
  const changeSet = `--stack-name ${stackName} --change-set-name revert-drift`;
  return (
    `CloudFormation puts it back: \`aws cloudformation create-change-set ${changeSet} --use-previous-template ` +
    `--capabilities CAPABILITY_NAMED_IAM --deployment-mode REVERT_DRIFT\`, look at it, then ` +
    `\`aws cloudformation execute-change-set ${changeSet}\` (docs/troubleshooting.md, "The stack differs from its template").`
  );
}
