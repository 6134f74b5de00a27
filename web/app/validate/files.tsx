import { Button } from '../../parts/button.tsx';
import { CliLine } from '../../parts/cli-line.tsx';
import { saveFile } from '../save-file.ts';
import { type ManifestRead, secretText } from './manifest-fields.ts';
import styles from './validate.module.css';

/** What is taken along: the manifest as it stands, and the Secret that it names. */
export function Files({ read, text }: { read: ManifestRead; text: string }) {
  const { fields, credentials } = read;
  const name = fileName(fields.name);
  const secret = secretText(read);
  const files = [...(secret === undefined ? [] : [`${name}-secret.yaml`]), `${name}.yaml`];
  return (
    <section className={styles.panel} aria-labelledby="files">
      <header>
        <h2 id="files">Take it along</h2>
        <Button onClick={() => save(`${name}.yaml`, text)}>Manifest</Button>
        {secret !== undefined && (
          <Button onClick={() => save(`${name}-secret.yaml`, secret)}>
            Secret, without its password
          </Button>
        )}
      </header>
      {credentials?.kind === 'folder' && (
        <p className={styles.soft}>
          No Secret: the files <code>username</code> and <code>password</code> are read in{' '}
          <code>{credentials.path}</code>.
        </p>
      )}
      <CliLine command={`kubectl apply ${files.map((each) => `-f ${each}`).join(' ')}`} />
    </section>
  );
}

const fileName = (name: string): string => name.replaceAll(/[^\w.-]/g, '-') || 'target';

const save = (name: string, text: string): void =>
  saveFile(name, new Blob([text], { type: 'application/yaml' }));
