// Both languages; the compiler holds them to the same keys.
import { vi } from './vi.ts'
import { viEpidemic } from './vi-epidemic.ts'
import { viFit } from './vi-fit.ts'
import { viScenarios } from './vi-scenarios.ts'
import { viSignals } from './vi-signals.ts'
import { viWork } from './vi-work.ts'
import { en } from './en.ts'
import { enEpidemic } from './en-epidemic.ts'
import { enFit } from './en-fit.ts'
import { enScenarios } from './en-scenarios.ts'
import { enSignals } from './en-signals.ts'
import { enWork } from './en-work.ts'
import type { Lang } from '../api/types.ts'

const viAll = { ...vi, ...viWork, ...viEpidemic, ...viScenarios, ...viFit, ...viSignals }
export type WordKey = keyof typeof viAll
export type Words = Record<WordKey, string>
export const words: Record<Lang, Words> = { vi: viAll, en: { ...en, ...enWork, ...enEpidemic, ...enScenarios, ...enFit, ...enSignals } }
