import { runReader } from './runReader.ts';
import { serve } from './serve.ts';

serve(runReader);
