"""Stands where lmms_engine does: ends as the real one may, by what the path begins with, and merges nothing."""


class FSDP2Merger:
    def __init__(self, checkpoint_type):
        self.checkpoint_type = checkpoint_type

    def merge(self, checkpoint_path, output_path=None):
        if checkpoint_path.name < "a":
            raise FileNotFoundError(f"no checkpoint at {checkpoint_path}")
        if checkpoint_path.name < "n":
            raise ValueError(f"no shards in {checkpoint_path}")
        return output_path or checkpoint_path
