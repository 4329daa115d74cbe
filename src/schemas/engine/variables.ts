/** Names of environment variables; one that ends in `*` stands for all that begin so, one that begins with `*` for all that end so. */
type Names = readonly string[];

/**
 * What runs get of the server's environment, and why; all else stays with the server. `--pass-env` adds to it. A run is
 * a program that another process has chosen, with code from model hubs: it gets what it needs, not what there is.
 */
export const passedVariables: readonly { why: string; names: Names }[] = [
  {
    why: 'Who and where: what any program is started with',
    names: ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'TMPDIR', 'TMP', 'TEMP', 'XDG_*'],
  },
  { why: 'Language and time', names: ['LANG', 'LANGUAGE', 'LC_*', 'TZ'] },
  {
    why: 'Python, its environments, and the libraries and compilers that it loads',
    names: ['PYTHON*', 'VIRTUAL_ENV', 'CONDA_*', 'MAMBA_*', 'UV_*', 'LD_LIBRARY_PATH', 'LD_PRELOAD', 'CC', 'CXX'],
  },
  {
    why: 'The way to the network: proxies in both spellings, and certificates',
    names: [
      ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'FTP_PROXY'].flatMap((name) => [
        name,
        name.toLowerCase(),
      ]),
      ...['SSL_CERT_*', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
    ],
  },
  {
    why: 'Models and data sets: where they are kept, and the token to get them with',
    names: ['HF_*', 'HUGGINGFACE_*', 'HUGGING_FACE_*', 'TRANSFORMERS_*', 'DATASETS_*', 'DIFFUSERS_*', 'MODELSCOPE_*'],
  },
  {
    why: 'Accelerators',
    names: [
      'CUDA_*',
      'NVIDIA_*',
      'CUDNN_*',
      'CUBLAS_*',
      'HIP_*',
      'ROCR_*',
      'ROCM_*',
      'HSA_*',
      'MIOPEN_*',
      'XLA_*',
      'TPU_*',
      'ASCEND_*',
      'HCCL_*',
      'NEURON_*',
      'HABANA_*',
      'PT_HPU_*',
      'ONEAPI_*',
      'SYCL_*',
      'ZE_*',
    ],
  },
  {
    why: 'How processes of a run and their parts talk to each other',
    names: ['NCCL_*', 'RCCL_*', 'GLOO_*', 'UCX_*', 'FI_*', 'ACCELERATE_*', 'DEEPSPEED_*', 'DS_*', 'RAY_*'],
  },
  {
    why: 'Frameworks that evaluate',
    names: [
      ...['TORCH*', 'PYTORCH_*', 'TRITON_*', 'VLLM_*', 'SGLANG_*', 'SGL_*', 'FLASHINFER_*', 'FLASH_ATTENTION_*'],
      ...['XFORMERS_*', 'BNB_*', 'BITSANDBYTES_*', 'TOKENIZERS_*', 'SAFETENSORS_*', 'TIKTOKEN_*', 'TF_*', 'JAX_*'],
      ...['NLTK_DATA', 'MPLCONFIGDIR', 'MPLBACKEND'],
    ],
  },
  {
    why: 'How many threads are used',
    names: ['OMP_*', 'MKL_*', 'KMP_*', 'GOMP_*', 'OPENBLAS_*', 'NUMEXPR_*', 'NUMBA_*', 'VECLIB_*'],
  },
  { why: 'Pictures and videos', names: ['DECORD_*', 'OPENCV_*', 'FFMPEG_*', 'IMAGEIO_*', 'FORCE_QWENVL_VIDEO_READER'] },
  { why: 'The harness itself', names: ['LMMS_*', 'LM_HARNESS_CACHE_PATH', 'VERBOSITY', 'LOGURU_*', 'TQDM_*'] },
  {
    // Left out, some of them would fail a run, and others change its numbers without a word.
    why: 'What tasks and models of lmms-eval read by names of their own: where data lie, how prompts and pictures are made',
    names: [
      ...['*_DIR', '*_ROOT', 'AUDIO_PATH', 'AV_SPEAKERBENCH_*', 'COSMOS3_*', 'CROSSPOINT_*', 'EWB_*', 'FASTVIDEO_*'],
      ...['HD_EPIC_*', 'KALEIDOSCOPE_*', 'MOTIONBENCH_*', 'PHYSICAL_CONFLICT_*', 'SOCCERNET_PWD', 'VBVR_*', 'VSTAT_*'],
      ...['XMODBENCH', 'PROMPTLONG', 'PROMPTSHORT', 'PROMPTSTEP', 'PROMPTTOKEN', 'NUM_IMAGE', 'NUM_SECONDS_TO_SLEEP'],
      ...[
        'FORCE_NO_DOWNSAMPLE',
        'HIGHRES_BASE',
        'LOAD_VISION_EARLY',
        'LOWRES_RESIZE',
        'MAXRES',
        'MINRES',
        'PAD2STRIDE',
      ],
      ...['PAD_DURATION', 'PAD_HQ', 'USE_SPEECH', 'VIDEO_MAXRES', 'VIDEO_MINRES', 'VIDEO_RESIZE', 'VERBOSE', 'WORKERS'],
      ...['HOST', 'PORT', 'TIMEOUT', 'MAGICK_TMPDIR', 'TEXMFCACHE', 'TEXMFVAR'],
    ],
  },
  { why: 'Where it reports to beside evald, when it is told to', names: ['WANDB_*', 'SWANLAB_*'] },
  {
    // Without these, tasks that are scored by a model cannot be scored, as with the original's server they can.
    why: 'Models behind an API, and the judges of tasks: which one, where, and the key to it, as lmms-eval reads them',
    names: [
      ...['OPENAI_*', 'AZURE_*', 'ANTHROPIC_*', 'GOOGLE_API_KEY', 'GEMINI_*', 'DASHSCOPE_*', 'DEEPSEEK_*'],
      ...['Deepseek_API', 'QWEN_API_URL', 'REKA_API_KEY', 'PERSPECTIVE_API_KEY', 'FAL_KEY', 'FAL_API_KEY'],
      ...['AWS_REGION', 'AWS_BEARER_TOKEN_BEDROCK', 'TRAPI_*', 'LLM_JUDGE_URL', 'USE_LLM_JUDGE', 'JUDGE_*'],
      ...['API_TYPE', 'API_VERSION', 'MODEL_VERSION', 'MODEL_NAME', 'EVAL_MODEL_NAME', 'GPT_EVAL_*', 'PROCESSOR'],
      ...['DEPLOYMENT_NAME', 'ENDPOINT_URL', 'VIESCORE_*', 'MEGABENCH_*', 'BABYVISION_*', 'WISE_*', 'KRIS_BENCH_*'],
      ...['IMGEDIT_*', 'STRUCTEDITBENCH_*', 'CAPTIONQA_*', 'MULTI_CRIT_*'],
    ],
  },
];

/** With one of these in its environment, lmms-eval takes itself for one worker of a distributed run. */
export const distributedVariables: Names = [
  'SLURM_PROCID',
  'SLURM_NTASKS',
  'SLURM_LOCALID',
  'SLURM_NPROCS',
  'SLURM_NODEID',
  'SLURM_JOB_NUM_NODES',
  'SLURM_NTASKS_PER_NODE',
  'SLURM_STEP_NUM_TASKS',
  'SLURM_STEP_NUM_NODES',
  'SLURM_STEP_TASKS_PER_NODE',
  'SLURM_TASKS_PER_NODE',
  'PMIX_RANK',
  'RANK',
  'WORLD_SIZE',
  'LOCAL_RANK',
  'LOCAL_WORLD_SIZE',
  'MASTER_ADDR',
  'MASTER_PORT',
  'SLURM_CPU_BIND',
  'SLURM_CPU_BIND_LIST',
  'SLURM_CPU_BIND_TYPE',
  'SLURM_CPU_BIND_VERBOSE',
  'SLURM_MEM_BIND',
  'SLURM_MEM_BIND_LIST',
  'SLURM_MEM_BIND_TYPE',
  'SLURM_MEM_BIND_VERBOSE',
];

/** What the server keeps to itself whatever it is asked: with these, a run could act as the server or its clients. */
export const keptVariables: Names = ['EVALD_TOKEN', 'EVALD_TOKENS', 'EVALD_WEBHOOK_SECRET'];

/** Whether a name is one of some names. */
export function isNamed(name: string, names: Names): boolean {
  return names.some((known) => {
    if (known.endsWith('*')) return name.startsWith(known.slice(0, -1));
    return known.startsWith('*') ? name.endsWith(known.slice(1)) : name === known;
  });
}
