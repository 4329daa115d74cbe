/** The request that is sent everywhere: a usual one. */
export const body = {
  model: 'qwen2_5_vl',
  tasks: ['mme', 'mmmu_val'],
  model_args: { pretrained: 'Qwen/Qwen2.5-VL-3B-Instruct', max_pixels: 1_003_520 },
  batch_size: 1,
  limit: 8,
};

export const bodyText = JSON.stringify(body);
