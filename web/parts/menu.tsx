import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react';
import { Button, type ButtonProps } from './button.tsx';
import { Icon } from './icon.tsx';
import styles from './menu.module.css';

export interface MenuItem {
  key: string;
  title: ReactNode;
  /** Of one among several to choose from. */
  chosen?: boolean;
  disabled?: boolean;
  onChoose(): void;
}

/** A button with a menu, in the browser's own popover: in front of all, closed by Escape. */
export function Menu(
  props: {
    label: ReactNode;
    /** Above the entries: what they are about. */
    head?: ReactNode;
    items: readonly MenuItem[];
  } & MenuButton,
) {
  const { label, head, items, ...rest } = props;
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  const entries = () => [...(menu.current?.querySelectorAll('button:enabled') ?? [])];
  const focus = (at: number) => (entries().at(at) as HTMLElement | undefined)?.focus();
  const move = (event: KeyboardEvent) => {
    const all = entries();
    const at = all.indexOf(document.activeElement as Element);
    const to: Record<string, number> = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: at <= 0 ? -1 : at - 1,
      Home: 0,
      End: -1,
    };
    const next = to[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    focus(next);
  };
  return (
    <span className={styles.anchor}>
      <Button {...rest} popoverTarget={id} aria-haspopup="menu">
        {label}
        <Icon name="down" size={12} />
      </Button>
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="menu"
        tabIndex={-1}
        className={styles.menu}
        onKeyDown={move}
        onToggle={(event) => {
          if (event.newState === 'open')
            focus(
              Math.max(
                0,
                items.findIndex((each) => each.chosen),
              ),
            );
        }}
      >
        {head && <p className={styles.head}>{head}</p>}
        {items.map(({ key, title, chosen, disabled, onChoose }) => (
          <button
            key={key}
            type="button"
            role={chosen === undefined ? 'menuitem' : 'menuitemradio'}
            aria-checked={chosen}
            disabled={disabled}
            tabIndex={-1}
            onClick={() => {
              menu.current?.hidePopover();
              onChoose();
            }}
          >
            <span className={styles.tick}>{chosen && <Icon name="check" size={12} />}</span>
            {title}
          </button>
        ))}
      </div>
    </span>
  );
}

type MenuButton = Omit<ButtonProps, 'children' | 'label'>;
