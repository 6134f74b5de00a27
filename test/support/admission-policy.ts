/**
 * Manifests of what somebody has made for all resources of a cluster: a policy that refuses each
 * update of ours that the expression does not hold for.
 */
export const admissionPolicy = (
  name: string,
  resource: string,
  validation: { expression: string; message: string },
): string =>
  [
    {
      kind: 'ValidatingAdmissionPolicy',
      spec: {
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['dbintel.io'],
              apiVersions: ['*'],
              operations: ['UPDATE'],
              resources: [resource],
            },
          ],
        },
        validations: [validation],
      },
    },
    {
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ]
    .map((each) =>
      JSON.stringify({
        apiVersion: 'admissionregistration.k8s.io/v1',
        metadata: { name },
        ...each,
      }),
    )
    .join('\n---\n');
