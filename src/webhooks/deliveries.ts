import { type Actor, createActor, type InspectionEvent, type Observer, type Subscription, toObserver } from 'xstate';
import { deliveryMachine } from '../machines/delivery/delivery.ts';
import type { DeliveryPort } from '../machines/delivery/deliverySetup.ts';
import { innermost } from '../machines/observeTransitions.ts';
import type { Delivery } from '../machines/ports/journal.ts';
import type { DeliveryStates } from '../schemas/server/machines.ts';
import { createDeliveryPort, logVerdict, type PortDependencies } from './deliveryPort.ts';

type Live = { delivery: Delivery; actor: Actor<typeof deliveryMachine>; subscription: Subscription };

/**
 * The deliveries that are actors now. Each is a system of its own, so that it can be stopped: what it knows is in its row too.
 * Not all rows are actors, for there may be very many: those at work are, and of those that wait the ones that are wanted.
 */
export class Deliveries {
  readonly #dependencies: PortDependencies;
  readonly #onMoved: () => void;
  readonly #live = new Map<number, Live>();
  /** Posts and writes under way, also of actors that have been stopped. */
  readonly #open = new Set<Promise<unknown>>();
  readonly #observers = new Set<Observer<InspectionEvent>>();

  /** @param onMoved called when one has ended, or waits again or for its host: never within a call of this. */
  constructor(dependencies: PortDependencies, onMoved: () => void) {
    this.#dependencies = dependencies;
    this.#onMoved = onMoved;
  }

  /** Those that are posting, or of which it is being written what came of it, by their numbers. */
  atWork(): Map<number, Delivery> {
    const working = [...this.#live].filter(([, { actor }]) => !actor.getSnapshot().matches('waiting'));
    return new Map(working.map(([number, { delivery }]) => [number, delivery]));
  }

  /** Has these wait as actors, and of all others only those that are at work. */
  keepWaiting(wanted: readonly Delivery[]): void {
    const numbers = new Set(wanted.map(({ number }) => number));
    for (const [number, { actor }] of this.#live) {
      if (!numbers.has(number) && actor.getSnapshot().matches('waiting')) this.#remove(number);
    }
    for (const delivery of wanted) this.#find(delivery);
  }

  /** Asks one to post that is due. Its timer may be a moment late: then nothing happens, and it says when it is. */
  post(delivery: Delivery): void {
    this.#find(delivery).actor.send({ type: 'delivery.post' });
  }

  /** What they are doing now, those that came first first. */
  liveStates(): DeliveryStates {
    const deliveries = [...this.#live.values()].map(({ delivery: { number, jobId }, actor }) => ({
      number,
      job_id: jobId,
      states: innermost(actor.getSnapshot().value),
    }));
    return { deliveries };
  }

  /** Inspects every delivery from now on. */
  inspect(observer: Observer<InspectionEvent> | ((event: InspectionEvent) => void)): Subscription {
    const observing = toObserver(observer);
    this.#observers.add(observing);
    return { unsubscribe: () => void this.#observers.delete(observing) };
  }

  /** Stops them all, and resolves when nothing of them is under way. What is not on record stays due. */
  async close(): Promise<void> {
    for (const number of this.#live.keys()) this.#remove(number);
    await Promise.allSettled(this.#open);
  }

  #find(delivery: Delivery): Live {
    return this.#live.get(delivery.number) ?? this.#begin(delivery);
  }

  #begin(delivery: Delivery): Live {
    const { number, jobId, attempts, dueAt } = delivery;
    const { log, clock, onVerdict } = this.#dependencies;
    const actor = createActor(deliveryMachine, {
      id: `delivery:${number}`,
      input: { number, jobId, attempts, dueAt, port: this.#followed(createDeliveryPort(delivery, this.#dependencies)) },
      clock,
      inspect: (event) => {
        for (const observer of this.#observers) observer.next?.(event);
      },
    });
    actor.on('delivery.judged', ({ verdict }) => {
      logVerdict(delivery, verdict, log);
      onVerdict?.(verdict);
    });
    actor.start();
    const subscription = actor.subscribe({
      next: (snapshot) => {
        if (snapshot.matches('waiting')) this.#onMoved();
      },
      complete: () => {
        this.#live.delete(number);
        this.#onMoved();
      },
      error: (error) => {
        this.#live.delete(number);
        log.error(`webhook ${number} failed: ${error}`);
      },
    });
    const live = { delivery, actor, subscription };
    this.#live.set(number, live);
    return live;
  }

  #remove(number: number): void {
    const live = this.#live.get(number);
    live?.subscription.unsubscribe();
    live?.actor.stop();
    this.#live.delete(number);
  }

  #followed({ post, record, ...port }: DeliveryPort): DeliveryPort {
    const follow = <T>(work: Promise<T>): Promise<T> => {
      this.#open.add(work);
      const end = () => void this.#open.delete(work);
      work.then(end, end);
      return work;
    };
    return { ...port, post: (signal) => follow(post(signal)), record: (verdict) => follow(record(verdict)) };
  }
}
