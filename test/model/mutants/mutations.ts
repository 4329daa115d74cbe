import type { AnyStateMachine } from 'xstate';

/** A part of a machine's config: plain objects and lists, with functions at the leaves. */
type Config = { [key: string]: unknown };

/** One edit of a chart. */
export type Mutation = { kind: string; where: string; edit: (config: Config) => void };

type Place = { path: string[]; key: string };

/** Every single edit of the kinds below that can be made to a chart. */
export function mutationsOf(machine: AnyStateMachine): Mutation[] {
  const root = copy(machine.config) as Config;
  const states = statesOf(root, []);
  const transitions = states.flatMap(({ path, config }) => placesOf(path, config));
  return [
    ...transitions.flatMap((place) => editsOf(root, place, states)),
    ...states.flatMap(({ path, config }) => [...addedTo(path, config, machine), ...initialOf(path, config)]),
    ...states.flatMap(({ path, config }) => [...delaysOf(path, config), ...worksOf(path, config)]),
  ];
}

/** A copy of a config in which a mutation was made. A chart that turns in circles breaks, instead of hanging. */
export function mutated(machine: AnyStateMachine, { edit }: Mutation): object {
  const config = copy(machine.config) as Config;
  edit(config);
  return { ...config, options: { maxIterations: 1_000 } };
}

function editsOf(root: Config, place: Place, states: ReturnType<typeof statesOf>): Mutation[] {
  return listAt(root, place).flatMap((transition, index, list): Mutation[] => {
    const where = `${place.path.join('.') || '(root)'} on ${place.key.replace(/^on\//, '')}${list.length > 1 ? ` [${index}]` : ''}`;
    const change = (kind: string, detail: string, to: (one: Config) => Config[]): Mutation => ({
      kind,
      where: `${where}${detail}`,
      edit: (config) =>
        setList(
          config,
          place,
          listAt(config, place).flatMap((one, at) => (at === index ? to(one) : [one])),
        ),
    });
    const { target, guard, actions } = transition;
    const named = [actions ?? []].flat();
    const others = states
      .filter(({ path }) => path.length > 0 && path.at(-1) !== lastOf(target))
      .map(({ path }) => path);
    return [
      change('drop a transition', '', () => []),
      ...(guard === undefined ? [] : [change('drop a guard', ` ${nameOf(guard)}`, ({ guard: _, ...one }) => [one])]),
      ...named.map((action, at) =>
        change('drop an action', ` ${nameOf(action)}`, (one) => [
          { ...one, actions: named.filter((_, other) => other !== at) },
        ]),
      ),
      ...(target === undefined
        ? []
        : others.map((path) =>
            change('retarget', ` → ${path.join('.')}`, (one) => [
              { ...one, target: `#${root['id']}.${path.join('.')}` },
            ]),
          )),
    ];
  });
}

/** Events that a state does not take, and then does. */
function addedTo(path: string[], config: Config, machine: AnyStateMachine): Mutation[] {
  if (config['type'] === 'parallel') return [];
  const known = Object.keys((config['on'] as Config | undefined) ?? {});
  const events = machine.events.filter((event) => !known.includes(event) && !event.startsWith('xstate.'));
  const siblings = Object.keys((parentOf(machine.config as Config, path)['states'] as Config | undefined) ?? {});
  return events.flatMap((event) =>
    siblings
      .filter((name) => path.length > 0 && name !== path.at(-1))
      .map((name): Mutation => {
        const target = `#${machine.id}.${[...path.slice(0, -1), name].join('.')}`;
        return {
          kind: 'add a transition',
          where: `${path.join('.')} on ${event} → ${name}`,
          edit: (root) => {
            const state = stateAt(root, path);
            delete state['type'];
            state['on'] = { ...(state['on'] as Config | undefined), [event]: { target } };
          },
        };
      }),
  );
}

function initialOf(path: string[], { initial, states }: Config): Mutation[] {
  if (typeof initial !== 'string') return [];
  return Object.keys(states as Config)
    .filter((name) => name !== initial)
    .map((name) => ({
      kind: 'change an initial state',
      where: `${path.join('.') || '(root)'} begins in ${name}`,
      edit: (root) => {
        stateAt(root, path)['initial'] = name;
      },
    }));
}

function delaysOf(path: string[], { after }: Config): Mutation[] {
  return Object.keys((after as Config | undefined) ?? {}).map((delay) => ({
    kind: 'swap a delay',
    where: `${path.join('.')} after 1 h in place of ${delay}`,
    edit: (root) => {
      const state = stateAt(root, path);
      const { [delay]: transition, ...others } = state['after'] as Config;
      state['after'] = { ...others, 3600000: transition };
    },
  }));
}

/** What a state does on its way in, and while it is there. */
function worksOf(path: string[], { entry, invoke }: Config): Mutation[] {
  const drop = (kind: string, detail: string, key: string, at: number): Mutation => ({
    kind,
    where: `${path.join('.') || '(root)'} ${detail}`,
    edit: (root) => {
      const state = stateAt(root, path);
      state[key] = [state[key] ?? []].flat().filter((_, index) => index !== at);
    },
  });
  const works = [invoke ?? []].flat() as Config[];
  return [
    ...[entry ?? []].flat().map((action, at) => drop('drop an action', `on entry ${nameOf(action)}`, 'entry', at)),
    ...works.map(({ src }, at) => drop('drop invoked work', String(src), 'invoke', at)),
  ];
}

function statesOf(config: Config, path: string[]): { path: string[]; config: Config }[] {
  const inner = Object.entries((config['states'] as { [key: string]: Config } | undefined) ?? {});
  return [{ path, config }, ...inner.flatMap(([name, state]) => statesOf(state, [...path, name]))];
}

/** Where a state has transitions: a list each. */
function placesOf(path: string[], { on, after, always, invoke }: Config): Place[] {
  const works = [invoke ?? []].flat() as Config[];
  return [
    ...Object.keys((on as Config | undefined) ?? {}).map((event) => ({ path, key: `on/${event}` })),
    ...Object.keys((after as Config | undefined) ?? {}).map((delay) => ({ path, key: `after/${delay}` })),
    ...(always === undefined ? [] : [{ path, key: 'always' }]),
    ...works.flatMap((work, at) =>
      ['onDone', 'onError'].filter((end) => end in work).map((end) => ({ path, key: `invoke/${at}/${end}` })),
    ),
  ];
}

function listAt(root: Config, { path, key }: Place): Config[] {
  const keys = key.split('/');
  const held = keys.reduce<unknown>((inner, name) => asList(inner, name)?.[name], stateAt(root, path));
  return [held ?? []].flat().map((one) => (typeof one === 'string' ? { target: one } : (one as Config)));
}

function setList(root: Config, { path, key }: Place, list: Config[]): void {
  const keys = key.split('/');
  const last = keys.pop() ?? '';
  const holder = keys.reduce<unknown>((inner, name) => asList(inner, name)?.[name], stateAt(root, path)) as Config;
  holder[last] = list;
}

/** A state that invokes one thing may have it outside of a list. */
const asList = (inner: unknown, name: string): Config | undefined =>
  name === '0' && !Array.isArray(inner) ? { 0: inner } : (inner as Config | undefined);

function stateAt(root: Config, path: readonly string[]): Config {
  return path.reduce((state, name) => (state['states'] as { [key: string]: Config })[name] ?? {}, root);
}

const parentOf = (root: Config, path: string[]): Config => stateAt(root, path.slice(0, -1));

const lastOf = (target: unknown): string => String(target).split('.').at(-1)?.replace('#', '') ?? '';

function nameOf(named: unknown): string {
  return typeof named === 'object' && named !== null && 'type' in named ? String(named.type) : String(named);
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
}
