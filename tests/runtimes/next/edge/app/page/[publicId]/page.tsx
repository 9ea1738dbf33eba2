import { notFound } from "next/navigation";
import { widget } from "@/lib/widget";
// #region tests
import { scenarioInRender } from "@/lib/scenario";
// #endregion

export const runtime = "edge";
export const dynamic = "force-dynamic";

interface Props {
  readonly params: Promise<{ publicId: string }>;
  // #region tests
  readonly searchParams: Promise<{ control?: string }>;
  // #endregion
}

export default async function Page(props: Props) {
  const { publicId } = await props.params;
  // #region tests
  if (publicId === "scenario") {
    const { control } = await props.searchParams;
    return <pre>{JSON.stringify(await scenarioInRender(control ?? null))}</pre>;
  }
  // #endregion
  const found = await widget(publicId);
  if (found === null) notFound();
  return <pre>{JSON.stringify(found)}</pre>;
}
