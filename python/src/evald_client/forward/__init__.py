"""Forwards the scores of completed jobs to W&B, MLflow or TensorBoard: `evald-forward`, a receiver of webhooks."""
