import { autocompletion, type CompletionContext, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import {
  bracketMatching,
  HighlightStyle,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { type JsonSchema, offersAt } from './schema-words.ts';
import { placeIn } from './yaml-place.ts';

/**
 * A field for YAML that knows what a manifest may say. It lives in a shadow root, where its styles
 * are allowed by the policy of the page.
 */
export interface Editor {
  setText(text: string): void;
  setMistakes(mistakes: readonly Mistake[]): void;
  focusLine(line: number): void;
  close(): void;
}

export interface Mistake {
  line: number;
  path: string;
  message: string;
}

export function openEditor(
  host: HTMLElement,
  { text, schema, onChange }: { text: string; schema: JsonSchema; onChange(text: string): void },
): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        lintGutter(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        bracketMatching(),
        indentUnit.of('  '),
        yaml(),
        syntaxHighlighting(colours),
        autocompletion({ override: [(context) => complete(context, schema)] }),
        keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': 'the manifest, as YAML' }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
        look,
      ],
    }),
  });
  return {
    setText(next) {
      if (next !== view.state.doc.toString())
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    setMistakes: (mistakes) =>
      view.dispatch(
        setDiagnostics(
          view.state,
          mistakes.map((each) => toDiagnostic(each, view)),
        ),
      ),
    focusLine(line) {
      const { from } = lineAt(view, line);
      view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
      view.focus();
    },
    close: () => view.destroy(),
  };
}

const lineAt = (view: EditorView, line: number) =>
  view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));

function toDiagnostic({ line, path, message }: Mistake, view: EditorView): Diagnostic {
  const { from, to } = lineAt(view, line);
  return { from, to, severity: 'error', message: path ? `${path}: ${message}` : message };
}

function complete({ state, pos, explicit }: CompletionContext, schema: JsonSchema) {
  const place = placeIn(state.doc.toString(), pos);
  if (!place.word && !explicit) return null;
  const offers = offersAt(schema, place);
  if (offers.length === 0) return null;
  return {
    from: pos - place.word.length,
    options: offers.map(({ word, apply, detail, info, required }) => ({
      label: word,
      apply,
      detail,
      info,
      type: place.key === undefined ? 'property' : 'enum',
      boost: required ? 1 : 0,
    })),
  };
}

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: tags.comment, color: 'var(--soft)' },
  { tag: [tags.string, tags.content], color: 'var(--ink)' },
]);

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'var(--card)', fontSize: '13px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': {
    backgroundColor: 'var(--paper)',
    color: 'var(--soft)',
    borderRight: '1px solid var(--hair)',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--chosen)',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--card)',
    color: 'var(--ink)',
    border: '1px solid var(--line)',
    borderRadius: '4px',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--chosen)',
    color: 'var(--ink)',
  },
  '.cm-completionDetail': { color: 'var(--soft)' },
  '.cm-completionInfo': { maxWidth: '40ch', padding: '6px 10px' },
});
