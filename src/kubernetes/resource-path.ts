import { apiVersion, crdName, type Kind } from '../resources/kind.ts';

/** Where the API server has the objects of a kind: the only place where such a path is spelled. */
export interface ObjectRef {
  name: string;
  /** Of a kind that has namespaces. */
  namespace?: string | undefined;
}

/** All objects of the kind, of one namespace where that is named. */
export const collectionPath = ({ plural }: Pick<Kind, 'plural'>, namespace?: string): string =>
  `/apis/${apiVersion}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}`;

export const objectPath = (kind: Pick<Kind, 'plural'>, { name, namespace }: ObjectRef): string =>
  `${collectionPath(kind, namespace)}/${name}`;

export const crdPath = (kind: Pick<Kind, 'plural'>): string =>
  `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crdName(kind)}`;
