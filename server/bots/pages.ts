/** The pages of bots: the tables of the other files here. */
import type { PageRoute } from '../http/route.ts';
import { type Deps as ActionDeps, actionPages } from './action-pages.ts';
import { behaviorNewPages, type Deps as NewDeps } from './behavior-new-pages.ts';
import { behaviorPages } from './behavior-pages.ts';
import type { Deps as BehaviorDeps } from './behaviors.ts';
import { botPages } from './bot-pages.ts';
import type { Deps as BotDeps } from './bots.ts';
import { type Deps as NodeDeps, nodePages } from './node-pages.ts';
import { type Deps as RunsDeps, runsPages } from './runs-pages.ts';
import { type Deps as SimulatorDeps, simulatorPages } from './simulator-pages.ts';

export type Deps = BotDeps & BehaviorDeps & ActionDeps & NewDeps & NodeDeps & RunsDeps & SimulatorDeps;

/** `/behaviors/new` stands before `/behaviors/:id`: the first that fits is taken. */
export function botsPages(deps: Deps): PageRoute[] {
  return [
    ...botPages(deps),
    ...behaviorNewPages(deps),
    ...nodePages(deps),
    ...actionPages(deps),
    ...behaviorPages(deps),
    ...runsPages(deps),
    ...simulatorPages(deps),
  ];
}
