// #region files
import { rm } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { durable, OnSignal, type PayloadOf, PostDelete } from 'nestjs-signals';
import { Attachment } from './entities.js';

@Injectable()
export class FileCleanUp {
  @OnSignal(PostDelete, { sender: Attachment, uid: 'files.remove', delivery: durable({ transaction: false }) })
  async remove({ instance }: PayloadOf<PostDelete, Attachment>): Promise<void> {
    await rm(instance.path, { force: true }); // a second call finds nothing, and is no error
  }
}
// #endregion
